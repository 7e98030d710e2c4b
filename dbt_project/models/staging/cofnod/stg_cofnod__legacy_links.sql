-- what any version of a row named, one that was taken back too: once superseded, a row of an earlier system stays so
{%- set entities = [
    ('people', 'people'),
    ('merges', 'person_merges'),
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
    select
        landed.authority_code,
        'cofnod' as source_name,
        '{{ plural }}' as entity,
        {{ guid('landed.id') }} as record_id,
        {{ former_source('landed.migrated_from') }} as legacy_source_name,
        {{ former_id('landed.migrated_from') }} as legacy_id,
        null::integer as version_number,
        landed.valid_from_date,
        landed.valid_to_date is null or landed.valid_to_date > context.as_at_date as is_current
    from {{ history_rows('cofnod', entity) }}
    where {{ former_source('landed.migrated_from') }} in ('cofnod', 'raise', 'wccis')
    {% if not loop.last %}union all{% endif %}
{%- endfor %}
