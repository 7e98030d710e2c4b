{{ config(indexes=[{'columns': ['entity', 'authority_code', 'source_name', 'record_id'], 'unique': true}]) }}

-- All versions of an assessment are one record, which the number that a version carried last links.
with recursive held as (
    {%- for plural in ['people', 'merges'] + fact_entities() %}
        {%- for system in var('case_systems') %}
            select distinct
                authority_code,
                '{{ plural }}' as entity,
                source_name,
                record_id
            from {{ ref('stg_' ~ system ~ '__' ~ plural) }}
            {% if not loop.last %}union all{% endif %}
        {%- endfor %}
        {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

links as (
    select * from {{ ref('int_legacy_links') }}
),

steps as (
    select distinct on (authority_code, entity, source_name, record_id)
        authority_code,
        entity,
        source_name,
        record_id,
        legacy_source_name,
        legacy_id
    from links
    where is_latest
    order by
        authority_code, entity, source_name, record_id,
        last_carried_from_date desc, version_number nulls last, legacy_id
),

{{ linked_rows() }}

select
    authority_code,
    entity,
    source_name,
    system_number,
    record_id,
    is_held,
    is_linked,
    canonical_record_id,
    superseded_number,
    is_in_circle
from linked
