create table staging.run_systems (
    authority_code text not null,
    source_name text not null,
    system_number smallint not null,
    live_from_date date,
    live_to_date date,
    is_first_day_assumed boolean not null,
    first_usable_date date,
    as_at_date date,
    is_live boolean not null,
    primary key (authority_code, source_name)
);

comment on table staging.run_systems is 'One row per authority and case system that it has or had: since when, until when, and of which deliveries this build reads it. Written before each build, joined by models.';
comment on column staging.run_systems.authority_code is 'ONS code of the authority.';
comment on column staging.run_systems.source_name is 'The case system.';
comment on column staging.run_systems.system_number is 'Its place among the authority''s systems in time, from 1.';
comment on column staging.run_systems.live_from_date is 'Its first day; null where it is the first system and none is configured.';
comment on column staging.run_systems.live_to_date is 'The day before the next system''s first; null while there is none.';
comment on column staging.run_systems.is_first_day_assumed is 'The first day is not configured and was taken from the first delivery.';
comment on column staging.run_systems.first_usable_date is 'Its first full delivery on a day on which it is live, up to the day that was asked for: what it brought was migrated.';
comment on column staging.run_systems.as_at_date is 'Its latest usable delivery up to that day, whose state is read; null: none.';
comment on column staging.run_systems.is_live is 'It is the latest system with a usable delivery, by which the day of the figures goes.';

create table staging.case_entities (
    source_name text not null,
    entity text not null,
    source_entity text not null,
    source_title text not null,
    shown_entity text not null,
    primary key (source_name, entity)
);

comment on table staging.case_entities is 'One row per case system and kind of record (people, contacts, plans ...): which entity of the system holds it, as its contract says. Written before each build, joined by models.';
comment on column staging.case_entities.source_name is 'The case system.';
comment on column staging.case_entities.entity is 'What the entity holds, in the model''s plural.';
comment on column staging.case_entities.source_entity is 'The entity as the contract calls it.';
comment on column staging.case_entities.source_title is 'The system as people call it.';
comment on column staging.case_entities.shown_entity is 'The entity as the system''s users know it.';

-- the last build's days of each system are rows now, and a system is whatever a contract describes; the views of
-- staging that read the columns are made anew by each build
alter table staging.run_context drop constraint run_context_live_source_check;
alter table staging.run_context drop column raise_as_at_date cascade;
alter table staging.run_context drop column wccis_as_at_date cascade;
alter table staging.run_context drop column wccis_first_date cascade;

comment on column staging.run_context.cut_over_date is 'First day of the authority''s latest case system; null while it is neither configured nor known from a delivery.';
comment on column staging.run_context.is_cut_over_assumed is 'That day is not configured and was taken from the system''s first delivery.';
comment on column staging.run_context.live_source is 'The latest case system that has a usable delivery up to A.';
