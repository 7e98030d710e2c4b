with context as (
    select cast(:as_at_date as date) as as_at_date
),

entities as (
    select distinct
        source_name,
        source_entity,
        source_title,
        shown_entity
    from staging.case_entities
)

select
    records.check_code,
    records.source_name,
    records.source_entity,
    entities.source_title,
    entities.shown_entity,
    records.source_record_id,
    records.source_child_id,
    records.team_name,
    records.worker_name,
    records.first_seen_date,
    context.as_at_date,
    (
        select explained.explained_by || ', until ' || to_char(explained.expires_on, 'FMDD FMMonth YYYY')
        from quality.explanations as explained
        where
            explained.authority_code = records.authority_code and explained.check_code = records.check_code
            and (explained.record_key is null or explained.record_key = records.record_key)
            and explained.withdrawn_at is null
            and explained.as_at_date <= context.as_at_date and explained.expires_on > context.as_at_date
        order by explained.explanation_id desc limit 1
    ) as explained
from restricted.failing_records as records
cross join context
left join entities
    on records.source_name = entities.source_name and records.source_entity = entities.source_entity
where records.authority_code = :authority_code and records.mended_date is null
order by
    records.team_name nulls last, records.worker_name nulls last, records.check_code, records.first_seen_date,
    records.source_record_id
