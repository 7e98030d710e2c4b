-- To the row: what the sources stated as at the day, what stands for it in the facts, and what the records say of it.
-- The left side is counted from staging alone, by the rules of the migrations told in another way than in the models
-- that are judged: whatever is joined by links, however far, is one fact, and stands where the latest system that ever
-- had a row of it still has one.
{% set facts = {
    'contacts': 'fct_contacts',
    'plans': 'fct_plans',
    'reviews': none,
    'section_47s': 'fct_section_47s',
    'registrations': 'fct_registrations',
    'care_episodes': 'fct_care_episodes',
    'health_events': 'fct_health_events',
    'school_moves': 'fct_school_moves',
    'education_results': 'fct_education_results',
    'missing_episodes': 'fct_missing_episodes',
    'care_leaver_checks': none,
    'homeless_spells': none,
    'prevention_services': 'fct_prevention_services',
} %}
{% set entities = (facts.items() | list)[:entities_at_most] %}
with recursive sent_links as (
    {% for system in systems %}
        select
            authority_code,
            entity,
            source_name || ':' || record_id as row_id,
            source_name,
            legacy_source_name || ':' || legacy_id as named_id,
            valid_from_date
        from staging.stg_{{ system.source }}__legacy_links
        where entity not in ('people', 'merges', 'assessments')
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

latest_links as (
    select distinct on (authority_code, entity, row_id)
        authority_code,
        entity,
        row_id,
        named_id
    from sent_links
    order by authority_code, entity, row_id, valid_from_date desc, named_id
),

joined as (
    select
        authority_code,
        entity,
        row_id,
        named_id
    from latest_links
    union
    select
        authority_code,
        entity,
        named_id,
        row_id
    from latest_links
),

reached as (
    select
        authority_code,
        entity,
        row_id,
        row_id as reached_id
    from joined
    union
    select
        reached.authority_code,
        reached.entity,
        reached.row_id,
        joined.named_id
    from reached
    inner join joined
        on
            reached.authority_code = joined.authority_code
            and reached.entity = joined.entity
            and reached.reached_id = joined.row_id
),

labels as (
    select
        authority_code,
        entity,
        row_id,
        min(reached_id) as fact_label
    from reached
    group by authority_code, entity, row_id
),

held as (
    {% for plural, fact in entities %}
        {% for system in systems %}
            select
                authority_code,
                '{{ plural }}' as entity,
                source_name,
                source_name || ':' || record_id as row_id
            from staging.stg_{{ system.source }}__{{ plural }}
            {{ 'union all' if not loop.last }}
        {% endfor %}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- both ends of what a system ever named, one below the other: joined by either at once, each row would meet each
naming as (
    select
        authority_code,
        entity,
        source_name,
        row_id
    from sent_links
    union all
    select
        authority_code,
        entity,
        source_name,
        named_id
    from sent_links
),

-- which systems have, and which ever had, a row of each fact
had as (
    select
        held.authority_code,
        held.entity,
        coalesce(labels.fact_label, held.row_id) as fact_label,
        held.source_name,
        true as is_held
    from held
    left join labels
        on
            held.authority_code = labels.authority_code
            and held.entity = labels.entity
            and held.row_id = labels.row_id
    union all
    select
        naming.authority_code,
        naming.entity,
        labels.fact_label,
        naming.source_name,
        false
    from naming
    inner join labels
        on
            naming.authority_code = labels.authority_code
            and naming.entity = labels.entity
            and naming.row_id = labels.row_id
    union all
    -- a row that was named once and is not any more is joined to nothing by that, and is superseded all the same
    select
        sent_links.authority_code,
        sent_links.entity,
        sent_links.named_id,
        sent_links.source_name,
        false
    from sent_links
    left join labels
        on
            sent_links.authority_code = labels.authority_code
            and sent_links.entity = labels.entity
            and sent_links.named_id = labels.row_id
    where labels.row_id is null
),

standing as (
    select
        had.authority_code,
        had.entity,
        had.fact_label,
        max(systems.system_number) filter (where had.is_held) as held_by,
        max(systems.system_number) as had_by
    from had
    inner join staging.run_systems as systems
        on had.authority_code = systems.authority_code and had.source_name = systems.source_name
    group by had.authority_code, had.entity, had.fact_label
),

stated as (
    select
        authority_code,
        entity as subject,
        count(*) as rows_there
    from standing
    where held_by = had_by
    group by authority_code, entity
),

conformed as (
    {% for plural, fact in entities %}
        select
            authority_code,
            '{{ plural }}' as subject,
            count(*) as rows_there
        from intermediate.int_{{ plural }}_conformed
        group by authority_code
        {{ 'union all' if not loop.last }}
    {% endfor %}
    union all
    select
        authority_code,
        'assessments',
        count(*)
    from intermediate.int_assessments_conformed
    group by authority_code
),

facts as (
    {% for plural, fact in entities if fact %}
        select
            authority_code,
            '{{ plural }}' as subject,
            count(*) as rows_there
        from marts_candidate.{{ fact }}
        group by authority_code
        union all
    {% endfor %}
    select
        authority_code,
        'assessments',
        count(*)
    from marts_candidate.fct_assessments
    group by authority_code
),

-- every contact and assessment in core is counted or left out with a reason, once
contact_records as (
    select
        authority_code,
        count(*) as rows_there,
        count(distinct record_key) as keys_there
    from marts_candidate.indicator_records
    where indicator_code = 'CON01'
    group by authority_code
),

measured as (
    select
        coalesce(stated.authority_code, conformed.authority_code) as authority_code,
        'REC01' as check_code,
        coalesce(stated.subject, conformed.subject) as subject,
        coalesce(stated.rows_there, 0) as checked,
        abs(coalesce(stated.rows_there, 0) - coalesce(conformed.rows_there, 0)) as failed
    from stated
    full join (
        select * from conformed
        where subject <> 'assessments'
    ) as conformed
        on stated.authority_code = conformed.authority_code and stated.subject = conformed.subject
    union all
    select
        conformed.authority_code,
        'REC02',
        conformed.subject,
        conformed.rows_there,
        abs(conformed.rows_there - coalesce(facts.rows_there, 0))
    from conformed
    left join facts on conformed.authority_code = facts.authority_code and conformed.subject = facts.subject
    -- these have no fact of their own, or one of another grain
    where
        conformed.subject not in (
            {% for plural, fact in facts.items() if not fact %}
                '{{ plural }}'{{ ',' if not loop.last }}
            {% endfor %}
        )
    union all
    select
        conformed.authority_code,
        'REC03',
        'contacts and CON01',
        conformed.rows_there,
        greatest(
            abs(conformed.rows_there - coalesce(contact_records.rows_there, 0)),
            abs(conformed.rows_there - coalesce(contact_records.keys_there, 0))
        )
    from conformed
    left join contact_records on conformed.authority_code = contact_records.authority_code
    where conformed.subject = 'contacts'
)

select
    authority_code,
    check_code,
    subject,
    failed::double precision as value,
    checked,
    failed
from measured
