-- Keys that have no former key of their own, and references to children and plans, in every version of the rows that
-- carry them: rows that were migrated show which earlier key is the same.
{%- set carried = [
    ('people', 'client', 'client_no', 'family', 'family_no'),
    ('prevention_services', 'prevention', 'service_no', 'family', 'family_no'),
    ('contacts', 'contact', 'contact_no', 'incident', 'incident_no'),
    ('care_episodes', 'lac_episode', 'episode_no', 'care_period', 'care_period_no'),
    ('care_episodes', 'lac_episode', 'episode_no', 'placement', 'placement_no'),
    ('health_events', 'lac_health', 'health_no', 'care_period', 'care_period_no'),
    ('health_events', 'lac_health', 'health_no', 'placement', 'placement_no'),
    ('reviews', 'review', 'review_no', 'plan', 'plan_no'),
    ('contacts', 'contact', 'contact_no', 'child', 'client_no'),
    ('assessments', 'assessment', 'assessment_no', 'child', 'client_no'),
    ('plans', 'plan', 'plan_no', 'child', 'client_no'),
    ('reviews', 'review', 'review_no', 'child', 'client_no'),
    ('section_47s', 's47', 's47_no', 'child', 'client_no'),
    ('registrations', 'cp_registration', 'registration_no', 'child', 'client_no'),
    ('care_episodes', 'lac_episode', 'episode_no', 'child', 'client_no'),
    ('health_events', 'lac_health', 'health_no', 'child', 'client_no'),
    ('school_moves', 'school_move', 'move_no', 'child', 'client_no'),
    ('education_results', 'education_result', 'result_no', 'child', 'client_no'),
    ('missing_episodes', 'missing', 'missing_no', 'child', 'client_no'),
    ('care_leaver_checks', 'care_leaver_check', 'check_no', 'child', 'client_no'),
    ('homeless_spells', 'homeless_spell', 'spell_no', 'child', 'client_no'),
    ('prevention_services', 'prevention', 'service_no', 'child', 'client_no'),
] %}
{%- for plural, entity, key_column, id_kind, id_column in carried %}
    select
        landed.authority_code,
        'raise' as source_name,
        '{{ plural }}' as entity,
        {{ number_key('landed.' ~ key_column) }} as record_id,
        '{{ id_kind }}' as id_kind,
        {{ number_key('landed.' ~ id_column) }} as source_id,
        true as is_matched,
        landed.valid_from_date
    from {{ history_rows('raise', entity) }}
    where {{ trimmed('landed.' ~ id_column) }} is not null
    {% if not loop.last %}union all{% endif %}
{%- endfor %}
