{{ config(indexes=[{'columns': ['entity', 'authority_code', 'legacy_id']}]) }}

-- A number goes on linking when a later version of its row has lost it; where a later version carries another, the
-- latest links (deliveries.md section 9, Migration).
with sent as (
    {{ of_every_system('legacy_links') | indent }}
),

carried as (
    select
        authority_code,
        entity,
        source_name,
        record_id,
        legacy_source_name,
        legacy_id,
        version_number,
        max(valid_from_date) as last_carried_from_date,
        bool_or(is_current) as is_carried_now
    from sent
    group by authority_code, entity, source_name, record_id, legacy_source_name, legacy_id, version_number
)

select
    authority_code,
    entity,
    source_name,
    record_id,
    legacy_source_name,
    legacy_id,
    version_number,
    last_carried_from_date,
    is_carried_now,
    row_number() over (
        partition by authority_code, entity, source_name, record_id, version_number
        order by last_carried_from_date desc, legacy_id, legacy_source_name
    ) = 1 as is_latest
from carried
