-- the children that facts name, known or not, and the facts that name none
{%- set entities = [
    ('contacts', 'contact', 'contact_no'),
    ('assessments', 'assessment', 'assessment_no'),
    ('plans', 'plan', 'plan_no'),
    ('reviews', 'review', 'review_no'),
    ('section_47s', 's47', 's47_no'),
    ('registrations', 'cp_registration', 'registration_no'),
    ('care_episodes', 'lac_episode', 'episode_no'),
    ('health_events', 'lac_health', 'health_no'),
    ('school_moves', 'school_move', 'move_no'),
    ('education_results', 'education_result', 'result_no'),
    ('missing_episodes', 'missing', 'missing_no'),
    ('care_leaver_checks', 'care_leaver_check', 'check_no'),
    ('homeless_spells', 'homeless_spell', 'spell_no'),
    ('prevention_services', 'prevention', 'service_no'),
] %}
{%- for plural, entity, key_column in entities %}
    select distinct
        landed.authority_code,
        'raise' as source_name,
        {{ number_key('landed.client_no') }} as child_id,
        case when {{ trimmed('landed.client_no') }} is null then '{{ plural }}' end as entity,
        case
            when {{ trimmed('landed.client_no') }} is null then {{ number_key('landed.' ~ key_column) }}
        end as record_id
    from {{ as_at_rows('raise', entity) }}
    {% if not loop.last %}union all{% endif %}
{%- endfor %}
