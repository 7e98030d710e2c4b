-- From a record's pseudonym back to the row that said it: the way from a figure to the case system, for those who may.

with records as (
    {% for plural in fact_entities() %}
        select
            facts.authority_code,
            facts.record_key,
            facts.child_key,
            '{{ plural }}' as entity,
            facts.source_name,
            entities.source_entity,
            facts.canonical_record_id,
            facts.record_id,
            facts.delivery_id,
            facts.record_number
        from {{ ref('int_' ~ plural ~ '_conformed') }} as facts
        left join {{ source('context', 'case_entities') }} as entities
            on facts.source_name = entities.source_name and entities.entity = '{{ plural }}'
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

    union all

    -- a post or a family is in one return after the other: the latest that holds it leads on to its row
    select
        latest.authority_code,
        latest.record_key,
        null::text as child_key,
        latest.entity,
        'corporate' as source_name,
        latest.source_entity,
        null::text as canonical_record_id,
        null::text as record_id,
        latest.delivery_id,
        latest.record_number
    from (
        {% for entity, source_entity in [
            ('posts', 'hr_establishment'), ('budget_headings', 'finance_monitor'),
            ('adopter_families', 'nwas_adopters'), ('children_waiting', 'nwas_children_waiting'),
            ('family_services', 'families_first'),
        ] %}
            select
                return_lines.authority_code,
                return_lines.record_key,
                '{{ entity }}' as entity,
                '{{ source_entity }}' as source_entity,
                return_lines.delivery_id,
                return_lines.record_number,
                row_number() over (
                    partition by return_lines.authority_code, return_lines.record_key
                    order by return_lines.return_date desc
                ) as position_from_end
            from {{ ref('int_' ~ entity) }} as return_lines
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ) as latest
    where latest.position_from_end = 1
)

select
    records.authority_code,
    records.record_key,
    records.child_key,
    records.entity,
    records.source_name,
    records.source_entity,
    records.canonical_record_id,
    records.record_id,
    records.delivery_id,
    records.record_number,
    held.rectified_columns
from records
left join {{ source('context', 'rectified_rows') }} as held
    on
        records.authority_code = held.authority_code
        and records.source_name = held.source_name
        and records.source_entity = held.entity
        and records.delivery_id = held.delivery_id
        and records.record_number = held.record_number
