-- the record's own row, else the newest of the rows that it is made of: a period of care is none of the case system's
with work as (
    select * from release.marts__indicator_open_work
    where release_id = :release and authority_code = :authority and clock_code <> 'PLAN'
),

sources as (
    select * from release.restricted__record_sources
    where
        authority_code = :authority
        and from_release_id <= :release
        and coalesce(to_release_id, :release + 1) > :release
),

parts as (
    select * from release.restricted__record_parts
    where
        authority_code = :authority
        and from_release_id <= :release
        and coalesce(to_release_id, :release + 1) > :release
),

systems as (
    select distinct
        source_name,
        source_title
    from staging.case_entities
),

rows_behind as (
    select distinct on (work.clock_code, work.record_key)
        work.clock_code,
        work.record_key,
        sources.source_name,
        sources.record_id
    from work
    left join parts
        on work.subject_key = parts.record_key
    inner join sources
        on sources.record_key = coalesce(parts.part_record_key, work.subject_key)
    order by work.clock_code, work.record_key, sources.delivery_id desc, sources.record_number desc
),

numbers as (
    select distinct on (children.child_key)
        children.child_key,
        children.source_name,
        children.child_id
    from release.restricted__children as children
    where
        children.authority_code = :authority
        and children.from_release_id <= :release
        and coalesce(children.to_release_id, :release + 1) > :release
    order by
        children.child_key, (children.source_name = :live_source) desc,
        (children.child_id = children.canonical_child_id) desc, children.child_id
)

select
    work.team_key,
    work.clock_code,
    case
        when dim_children.is_restricted then null
        else coalesce(systems.source_title, behind.source_name, numbers.source_name)
    end as source_title,
    case when dim_children.is_restricted then null else behind.record_id end as record_id,
    case when dim_children.is_restricted then null else numbers.child_id end as child_id,
    case when dim_children.is_restricted then null else numbers.source_name end as child_source,
    coalesce(dim_children.is_restricted, false) as is_restricted,
    workers.worker_id,
    work.started_date,
    work.started_at,
    work.due_date,
    work.due_at,
    work.done_date,
    work.working_days_used,
    work.working_days_left,
    work.delay_reason,
    work.is_open,
    work.is_late,
    work.was_open_week_before,
    work.was_late_week_before
from work
left join rows_behind as behind on work.clock_code = behind.clock_code and work.record_key = behind.record_key
left join numbers on work.child_key = numbers.child_key
left join systems on coalesce(behind.source_name, numbers.source_name) = systems.source_name
left join release.marts__dim_children as dim_children
    on
        dim_children.release_id = :release
        and work.authority_code = dim_children.authority_code
        and work.child_key = dim_children.child_key
left join release.restricted__workers as workers
    on
        work.authority_code = workers.authority_code
        and work.worker_key = workers.worker_key
        and workers.from_release_id <= :release
        and coalesce(workers.to_release_id, :release + 1) > :release
order by work.clock_code, work.due_at, work.due_date, work.started_date, work.record_key
