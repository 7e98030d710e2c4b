-- To the row: what the sources stated as at the day, what stands for it in the facts, and what the records say of it.
-- The left side is counted from landing alone, by the rules of the migration, without the models that are judged.
{% set entities = [
    ('contacts', 'raise_contact', 'wccis_contact', 'fct_contacts'),
    ('plans', 'raise_plan', 'wccis_careplan', 'fct_plans'),
    ('reviews', 'raise_review', 'wccis_review', none),
    ('section_47s', 'raise_s47', 'wccis_section47', 'fct_section_47s'),
    ('registrations', 'raise_cp_registration', 'wccis_childprotection', 'fct_registrations'),
    ('care_episodes', 'raise_lac_episode', 'wccis_lacepisode', 'fct_care_episodes'),
    ('health_events', 'raise_lac_health', 'wccis_lachealth', 'fct_health_events'),
    ('school_moves', 'raise_school_move', 'wccis_schoolmove', 'fct_school_moves'),
    ('education_results', 'raise_education_result', 'wccis_educationresult', 'fct_education_results'),
    ('missing_episodes', 'raise_missing', 'wccis_missingepisode', 'fct_missing_episodes'),
    ('care_leaver_checks', 'raise_care_leaver_check', 'wccis_careleavercheck', none),
    ('homeless_spells', 'raise_homeless_spell', 'wccis_homelessspell', none),
    ('prevention_services', 'raise_prevention', 'wccis_prevention', 'fct_prevention_services'),
] %}
with context as (
    select * from staging.run_context
),

{% for plural, raise_table, wccis_table, fact in entities[:entities_at_most] %}
    {{ plural }}_carried as (
        select
            landed.authority_code,
            landed.row_key,
            landed.valid_from_date,
            landing.canonical_key(landed.legacyid) as legacy_key
        from landing.{{ wccis_table }} as landed
        inner join context
            on
                landed.authority_code = context.authority_code
                and landed.valid_from_date <= context.wccis_as_at_date
                and (landed.valid_to_date is null or landed.valid_to_date > context.wccis_first_date)
        where landing.trimmed(landed.legacyid) is not null
    ),

    {{ plural }}_migrated as (
        select distinct
            authority_code,
            legacy_key
        from {{ plural }}_carried
    ),

    -- the number that a row carried last stands for it, also when its present version has lost it
    {{ plural }}_linked as (
        select distinct on (authority_code, row_key)
            authority_code,
            row_key,
            legacy_key
        from {{ plural }}_carried
        order by authority_code, row_key, valid_from_date desc
    ),

    {{ plural }}_stated as (
        select
            landed.authority_code,
            count(*) as stated
        from landing.{{ raise_table }} as landed
        inner join context
            on
                landed.authority_code = context.authority_code
                and landed.valid_from_date <= context.raise_as_at_date
                and (landed.valid_to_date is null or landed.valid_to_date > context.raise_as_at_date)
        where
            not exists (
                select 1 from {{ plural }}_migrated as migrated
                where migrated.authority_code = landed.authority_code and migrated.legacy_key = landed.row_key
            )
        group by landed.authority_code
        union all
        select
            landed.authority_code,
            count(distinct coalesce('raise:' || linked.legacy_key, 'wccis:' || landed.row_key)) as stated
        from landing.{{ wccis_table }} as landed
        left join {{ plural }}_linked as linked
            on landed.authority_code = linked.authority_code and landed.row_key = linked.row_key
        inner join context
            on
                landed.authority_code = context.authority_code
                and landed.valid_from_date <= context.wccis_as_at_date
                and (landed.valid_to_date is null or landed.valid_to_date > context.wccis_as_at_date)
        group by landed.authority_code
    ),
{% endfor %}

stated as (
    {% for plural, raise_table, wccis_table, fact in entities[:entities_at_most] %}
        select
            authority_code,
            '{{ plural }}' as subject,
            sum(stated) as rows_there
        from {{ plural }}_stated
        group by authority_code
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

conformed as (
    {% for plural, raise_table, wccis_table, fact in entities[:entities_at_most] %}
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
    {% for plural, raise_table, wccis_table, fact in entities[:entities_at_most] if fact %}
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
            {% for plural, raise_table, wccis_table, fact in entities if not fact %}
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
