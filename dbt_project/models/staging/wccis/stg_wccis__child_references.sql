-- the children that facts name, known or not; a fact without one is about a child of its own
{%- for entity in fact_entities() %}
    select distinct
        landed.authority_code,
        coalesce(
            {{ guid('landed.personid') }},
            {{ child_of_its_own(entity.plural,
                'coalesce(' ~ raise_key('landed.legacyid') ~ ', ' ~ earlier_legacy_id(entity.wccis[0])
                ~ ', ' ~ guid('landed.' ~ entity.wccis[1]) ~ ')') }}
        ) as child_id
    from {{ as_at_rows('wccis', entity.wccis[0]) }}
    {% if not loop.last %}union all{% endif %}
{%- endfor %}
