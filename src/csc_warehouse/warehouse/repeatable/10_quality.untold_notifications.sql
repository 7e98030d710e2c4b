create or replace view quality.untold_notifications as
select
    n.event,
    n.occasion,
    n.channel,
    (array_agg(n.sentence order by n.notification_id desc))[1] as sentence,
    (array_agg(n.error order by n.notification_id desc))[1] as error,
    count(*) as attempts,
    min(n.told_at) as first_tried_at,
    max(n.told_at) as last_tried_at,
    bool_or(n.status = 'partly') as is_told_in_part,
    -- of the arrays of several tries only the latest that reached somebody says who is left
    coalesce(
        (
            select latest.refused_recipients
            from quality.notifications as latest
            where
                latest.event = n.event and latest.occasion = n.occasion and latest.channel = n.channel
                and latest.status = 'partly'
            order by latest.notification_id desc
            limit 1
        ),
        '{}'
    ) as refused_recipients
from quality.notifications as n
group by n.event, n.occasion, n.channel
having not bool_or(n.status = 'sent');
comment on view quality.untold_notifications is
    'One row per message and channel that has not got through, or not to every recipient, however often it was tried.';
comment on column quality.untold_notifications.event is
    'held (at the exit), broken off (a fault before publication), late (not out by the deadline), weekly (a pack is out).';
comment on column quality.untold_notifications.occasion is
    'The release, the day of the deadline, or the authority and day of a pack: nobody is told twice of one.';
comment on column quality.untold_notifications.channel is 'mail or webhook.';
comment on column quality.untold_notifications.sentence is 'What was to be told, as it was tried last.';
comment on column quality.untold_notifications.error is 'Why it could not be sent, as it was tried last.';
comment on column quality.untold_notifications.attempts is 'How often it was tried.';
comment on column quality.untold_notifications.first_tried_at is 'When it was tried first.';
comment on column quality.untold_notifications.last_tried_at is 'When it was tried last.';
comment on column quality.untold_notifications.is_told_in_part is 'It has reached some of its recipients.';
comment on column quality.untold_notifications.refused_recipients is
    'Fingerprints (SHA-256) of the addresses that were refused while others were told; no address is kept here.';
