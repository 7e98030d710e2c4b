-- a family's GUID is matched through migrated rows that carry both ids, as they were when the migration brought them
with first_versions as (
    select distinct on (authority_code, entity, record_id)
        authority_code,
        entity,
        legacy_id,
        family_id
    from {{ ref('stg_wccis__family_versions') }}
    order by authority_code, entity, record_id, valid_from_date
),

pairs as (
    select
        first_versions.authority_code,
        first_versions.family_id,
        families.family_id as family_number,
        count(*) as row_count
    from first_versions
    inner join {{ ref('stg_raise__families') }} as families
        on
            first_versions.authority_code = families.authority_code
            and first_versions.entity = families.entity
            and first_versions.legacy_id = families.record_id
    group by first_versions.authority_code, first_versions.family_id, families.family_id
)

select distinct on (authority_code, family_id)
    authority_code,
    family_id,
    family_number
from pairs
order by authority_code, family_id, row_count desc, family_number
