{{ config(materialized='view') }}

-- all versions of an assessment are one record
{%- for entity in fact_entities() %}
    select distinct
        authority_code,
        '{{ entity.plural }}' as entity,
        'raise' as source_name,
        record_id,
        null::text as legacy_id
    from {{ ref('stg_raise__' ~ entity.plural) }}
    union all
    select
        authority_code,
        '{{ entity.plural }}' as entity,
        'wccis' as source_name,
        record_id,
        max(legacy_id) as legacy_id
    from {{ ref('stg_wccis__' ~ entity.plural) }}
    group by authority_code, record_id
    union all
{%- endfor %}
select
    authority_code,
    'people' as entity,
    'raise' as source_name,
    record_id,
    null::text as legacy_id
from {{ ref('stg_raise__people') }}
union all
select
    authority_code,
    'people' as entity,
    'wccis' as source_name,
    record_id,
    legacy_id
from {{ ref('stg_wccis__people') }}
