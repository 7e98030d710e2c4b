-- What a named person set right about a child, until the source says the same: decisions, what a build makes of them, and
-- what became of them.

create table landing.rectifications (
    rectification_id text primary key,
    source text not null,
    entity text not null,
    authority_code text not null,
    row_key text not null,
    column_name text not null,
    said_value text not null,
    right_value text not null,
    said_on_date date not null,
    people text[] not null,
    decided_by text not null,
    reason text not null,
    decided_at timestamptz not null,
    undone_by text,
    undo_reason text,
    undone_at timestamptz,
    check ((undone_by is null) = (undone_at is null) and (undone_by is null) = (undo_reason is null))
);
create unique index rectifications_place on landing.rectifications
(source, entity, authority_code, row_key, column_name) where undone_at is null;
comment on table landing.rectifications is
    'One row per decision that a value of a source''s row is wrong, and what is right: row history stays as sent, and staging says what is right until the source does.';
comment on column landing.rectifications.rectification_id is 'Name of the decision, also in the journal.';
comment on column landing.rectifications.source is 'System whose row it is.';
comment on column landing.rectifications.entity is 'Its table.';
comment on column landing.rectifications.authority_code is 'ONS code of the authority.';
comment on column landing.rectifications.row_key is 'Key of the row, as in row history.';
comment on column landing.rectifications.column_name is 'Column whose value is wrong.';
comment on column landing.rectifications.said_value is 'What the source said when it was decided: this value is wrong wherever the row has it.';
comment on column landing.rectifications.right_value is 'What is right, in the form in which the source would send it.';
comment on column landing.rectifications.said_on_date is 'Business date of the latest delivery when it was decided.';
comment on column landing.rectifications.people is 'Canonical ids of the children whom the row named: erasing one of them erases this row.';
comment on column landing.rectifications.decided_by is 'Who decided.';
comment on column landing.rectifications.reason is 'Why.';
comment on column landing.rectifications.decided_at is 'When.';
comment on column landing.rectifications.undone_by is 'Who took it back; null: nobody.';
comment on column landing.rectifications.undo_reason is 'Why it was taken back.';
comment on column landing.rectifications.undone_at is 'When it was taken back.';

create table staging.rectified_rows (
    source_name text not null,
    entity text not null,
    authority_code text not null,
    row_key text not null,
    valid_from_date date not null,
    delivery_id bigint not null,
    record_number bigint not null,
    right_values jsonb not null,
    rectified_columns text not null,
    primary key (source_name, entity, authority_code, row_key, valid_from_date)
);
comment on table staging.rectified_rows is
    'One row per version of a source''s row in which values are set right: written before each build, read by every staging model.';
comment on column staging.rectified_rows.source_name is 'System whose row it is.';
comment on column staging.rectified_rows.entity is 'Its table.';
comment on column staging.rectified_rows.authority_code is 'ONS code of the authority.';
comment on column staging.rectified_rows.row_key is 'Key of the row, as in row history.';
comment on column staging.rectified_rows.valid_from_date is 'First business date of the version.';
comment on column staging.rectified_rows.delivery_id is 'The delivery that first said the version.';
comment on column staging.rectified_rows.record_number is 'Its record number in that file.';
comment on column staging.rectified_rows.right_values is 'The right values by column.';
comment on column staging.rectified_rows.rectified_columns is 'The columns with the names of the decisions, without their values: for whoever may not see them.';

create table staging.rectification_states (
    rectification_id text primary key,
    authority_code text not null,
    state text not null check (state in ('applied', 'contradicted', 'ended', 'absent')),
    since_date date,
    delivery_id bigint
);
comment on table staging.rectification_states is 'One row per rectification that was not undone: what the latest build made of it.';
comment on column staging.rectification_states.rectification_id is 'Name of the decision.';
comment on column staging.rectification_states.authority_code is 'ONS code of the authority.';
comment on column staging.rectification_states.state is
    'applied: the right value is counted; contradicted: likewise, and the source says a third value since; ended: the source says the same; absent: row history has no such row.';
comment on column staging.rectification_states.since_date is 'Business date on which the source first said the same, or a third value.';
comment on column staging.rectification_states.delivery_id is 'The delivery that said it.';
