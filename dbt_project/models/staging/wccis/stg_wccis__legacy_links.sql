-- what any version of a migrated row carried: once superseded, a RAISe row stays superseded
{%- for entity in fact_entities() %}
    select
        landed.authority_code,
        '{{ entity.plural }}' as entity,
        {{ guid('landed.' ~ entity.wccis[1]) }} as record_id,
        {{ raise_key('landed.legacyid') }} as legacy_id,
        {{ whole_number('landed.versionnumber') if entity.plural == 'assessments' else 'null::integer' }}
            as version_number,
        landed.valid_from_date,
        landed.valid_to_date is null or landed.valid_to_date > context.wccis_as_at_date as is_current
    from {{ history_rows('wccis', entity.wccis[0]) }}
    where {{ trimmed('landed.legacyid') }} is not null
    union all
{%- endfor %}
select
    landed.authority_code,
    'people' as entity,
    {{ guid('landed.personid') }} as record_id,
    {{ raise_key('landed.legacyid') }} as legacy_id,
    null::integer as version_number,
    landed.valid_from_date,
    landed.valid_to_date is null or landed.valid_to_date > context.wccis_as_at_date as is_current
from {{ history_rows('wccis', 'person') }}
where {{ trimmed('landed.legacyid') }} is not null
