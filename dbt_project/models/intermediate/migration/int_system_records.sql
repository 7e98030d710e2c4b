{{ config(materialized='view') }}

-- all versions of an assessment are one record
with links as (
    select
        authority_code,
        entity,
        record_id,
        max(legacy_id) as legacy_id
    from {{ ref('int_legacy_links') }}
    where is_latest
    group by authority_code, entity, record_id
),

system_records as (
    {%- for entity in fact_entities() %}
        select distinct
            authority_code,
            '{{ entity.plural }}' as entity,
            'raise' as source_name,
            record_id
        from {{ ref('stg_raise__' ~ entity.plural) }}
        union all
        select distinct
            authority_code,
            '{{ entity.plural }}' as entity,
            'wccis' as source_name,
            record_id
        from {{ ref('stg_wccis__' ~ entity.plural) }}
        union all
    {%- endfor %}
    select
        authority_code,
        'people' as entity,
        'raise' as source_name,
        record_id
    from {{ ref('stg_raise__people') }}
    union all
    select
        authority_code,
        'people' as entity,
        'wccis' as source_name,
        record_id
    from {{ ref('stg_wccis__people') }}
)

select
    system_records.authority_code,
    system_records.entity,
    system_records.source_name,
    system_records.record_id,
    links.legacy_id
from system_records
left join links
    on
        system_records.source_name = 'wccis'
        and system_records.authority_code = links.authority_code
        and system_records.entity = links.entity
        and system_records.record_id = links.record_id
