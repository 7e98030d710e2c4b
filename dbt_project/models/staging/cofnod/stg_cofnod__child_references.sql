-- the children that facts name, known or not, and the facts that name none
{%- set entities = [
    ('contacts', 'contacts'),
    ('assessments', 'assessments'),
    ('plans', 'plans'),
    ('reviews', 'reviews'),
    ('section_47s', 'enquiries'),
    ('registrations', 'registrations'),
    ('care_episodes', 'care_episodes'),
    ('health_events', 'health_events'),
    ('school_moves', 'school_moves'),
    ('education_results', 'education_results'),
    ('missing_episodes', 'missing_episodes'),
    ('care_leaver_checks', 'leaver_checks'),
    ('homeless_spells', 'homeless_spells'),
    ('prevention_services', 'services'),
] %}
{%- for plural, entity in entities %}
    select distinct
        landed.authority_code,
        'cofnod' as source_name,
        {{ guid('landed.person_id') }} as child_id,
        case when {{ trimmed('landed.person_id') }} is null then '{{ plural }}' end as entity,
        case when {{ trimmed('landed.person_id') }} is null then {{ guid('landed.id') }} end as record_id
    from {{ as_at_rows('cofnod', entity) }}
    where {{ code_text('landed.change') }} is distinct from 'DELETE'
    {% if not loop.last %}union all{% endif %}
{%- endfor %}
