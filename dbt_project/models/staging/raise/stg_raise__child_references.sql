-- the children that facts name, known or not; a fact without one is about a child of its own
{%- for entity in fact_entities() %}
    select distinct
        landed.authority_code,
        coalesce(
            {{ raise_key('landed.client_no') }},
            {{ child_of_its_own(entity.plural, raise_key('landed.' ~ entity.raise[1])) }}
        ) as child_id
    from {{ as_at_rows('raise', entity.raise[0]) }}
    {% if not loop.last %}union all{% endif %}
{%- endfor %}
