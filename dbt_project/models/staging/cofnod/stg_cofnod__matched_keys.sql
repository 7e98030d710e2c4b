-- Keys that have no former key of their own, and references to children and plans, in every version of the rows that
-- carry them: rows that were migrated show which earlier key is the same.
{%- set carried = [
    ('people', 'people', 'family', 'household_id'),
    ('prevention_services', 'services', 'family', 'household_id'),
    ('contacts', 'contacts', 'incident', 'incident_id'),
    ('care_episodes', 'care_episodes', 'care_period', 'care_period_id'),
    ('care_episodes', 'care_episodes', 'placement', 'placement_id'),
    ('health_events', 'health_events', 'care_period', 'care_period_id'),
    ('health_events', 'health_events', 'placement', 'placement_id'),
    ('reviews', 'reviews', 'plan', 'plan_id'),
    ('contacts', 'contacts', 'child', 'person_id'),
    ('assessments', 'assessments', 'child', 'person_id'),
    ('plans', 'plans', 'child', 'person_id'),
    ('reviews', 'reviews', 'child', 'person_id'),
    ('section_47s', 'enquiries', 'child', 'person_id'),
    ('registrations', 'registrations', 'child', 'person_id'),
    ('care_episodes', 'care_episodes', 'child', 'person_id'),
    ('health_events', 'health_events', 'child', 'person_id'),
    ('school_moves', 'school_moves', 'child', 'person_id'),
    ('education_results', 'education_results', 'child', 'person_id'),
    ('missing_episodes', 'missing_episodes', 'child', 'person_id'),
    ('care_leaver_checks', 'leaver_checks', 'child', 'person_id'),
    ('homeless_spells', 'homeless_spells', 'child', 'person_id'),
    ('prevention_services', 'services', 'child', 'person_id'),
] %}
{%- for plural, entity, id_kind, id_column in carried %}
    select
        landed.authority_code,
        'cofnod' as source_name,
        '{{ plural }}' as entity,
        {{ guid('landed.id') }} as record_id,
        '{{ id_kind }}' as id_kind,
        {{ guid('landed.' ~ id_column) }} as source_id,
        true as is_matched,
        landed.valid_from_date
    from {{ history_rows('cofnod', entity) }}
    where {{ trimmed('landed.' ~ id_column) }} is not null
    {% if not loop.last %}union all{% endif %}
{%- endfor %}
