-- What a return lacks is told by its name: the loss of one kind of return is accepted by itself, and a caveat names the
-- return that it is about.

alter table landing.overrides add column name text;
comment on column landing.overrides.name is
    'Which of a source''s deliveries of the day: the kind of a return; null: all of them.';
comment on table landing.overrides is
    'One row per operator decision to accept the loss of rows: in a full extract, or in a return.';

alter table quality.check_results add column failing_subjects text[] not null default '{}';
comment on column quality.check_results.failing_subjects is
    'Entities, columns, indicators, periods or returns that are beyond the limit.';
