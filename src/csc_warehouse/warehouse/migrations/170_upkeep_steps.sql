-- What the evening's upkeep did, step by step: an evening of which half failed must not look like a quiet one.

create table quality.upkeep_steps (
    upkeep_step_id bigint generated always as identity primary key,
    stamp text not null,
    step text not null,
    outcome text not null check (outcome in ('done', 'left out', 'failed')),
    sentence text not null,
    began_at timestamptz not null,
    ended_at timestamptz not null default clock_timestamp(),
    constraint upkeep_steps_end_after_they_began check (ended_at >= began_at)
);
comment on table quality.upkeep_steps is
'One row per step of the evening''s upkeep and time that it was tried: what became of it.';
comment on column quality.upkeep_steps.upkeep_step_id is 'Its number, in the order in which steps ended.';
comment on column quality.upkeep_steps.stamp is 'Which evening: the day that names its backup.';
comment on column quality.upkeep_steps.step is 'Which step, by the name that the runbook has for it.';
comment on column quality.upkeep_steps.outcome is
'done; left out (nothing was to be done, by configuration or because it was not due yet); failed.';
comment on column quality.upkeep_steps.sentence is
'What was done, why nothing was, or what went wrong and what to do; no value of a child.';
comment on column quality.upkeep_steps.began_at is 'When the step began.';
comment on column quality.upkeep_steps.ended_at is 'When it ended.';

create trigger upkeep_steps_only_grow
before update or delete or truncate on quality.upkeep_steps
for each statement execute function quality.refuse_change();
