-- A link to the weekly pack is told by mail too, to recipients of its own; what came of it is kept with the others.

alter table quality.notifications drop constraint notifications_event_check;
alter table quality.notifications add constraint notifications_event_check
check (event in ('held', 'broken off', 'late', 'weekly'));
comment on table quality.notifications is
'One row per attempt to tell somebody of a held, broken-off or late night, or of a weekly pack; a failed one fails nothing.';
comment on column quality.notifications.event is
'held (at the exit), broken off (a fault before publication), late (not out by the deadline), weekly (a pack is out).';
comment on column quality.notifications.occasion is
'The release, the day of the deadline, or the authority and day of a pack: nobody is told twice of one by one channel.';
comment on column quality.notifications.sentence is
'What was told: the verdict''s own sentences, or where the pack lies; no value of a child.';
