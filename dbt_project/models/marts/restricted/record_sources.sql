-- From a record's pseudonym back to the row that said it: the way from a figure to the case system, for those who may.

{% for entity in fact_entities() %}
    select
        facts.authority_code,
        facts.record_key,
        facts.child_key,
        '{{ entity.plural }}' as entity,
        facts.source_name,
        case facts.source_name when 'raise' then '{{ entity.raise[0] }}' else '{{ entity.wccis[0] }}' end
            as source_entity,
        facts.canonical_record_id,
        facts.record_id,
        facts.delivery_id,
        facts.record_number
    from {{ ref('int_' ~ entity.plural ~ '_conformed') }} as facts
    {% if not loop.last %}
        union all
    {% endif %}
{% endfor %}
