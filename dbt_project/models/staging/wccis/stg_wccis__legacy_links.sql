-- what any version of a migrated row carried: once superseded, a row of the earlier system stays superseded
{%- set entities = [
    ('contacts', 'contact', 'contactid'),
    ('assessments', 'caseform', 'caseformid'),
    ('plans', 'careplan', 'careplanid'),
    ('reviews', 'review', 'reviewid'),
    ('section_47s', 'section47', 'section47id'),
    ('registrations', 'childprotection', 'childprotectionid'),
    ('care_episodes', 'lacepisode', 'lacepisodeid'),
    ('health_events', 'lachealth', 'lachealthid'),
    ('school_moves', 'schoolmove', 'schoolmoveid'),
    ('education_results', 'educationresult', 'educationresultid'),
    ('missing_episodes', 'missingepisode', 'missingepisodeid'),
    ('care_leaver_checks', 'careleavercheck', 'careleavercheckid'),
    ('homeless_spells', 'homelessspell', 'homelessspellid'),
    ('prevention_services', 'prevention', 'preventionid'),
    ('people', 'person', 'personid'),
] %}
{%- for plural, entity, key_column in entities %}
    select
        landed.authority_code,
        'wccis' as source_name,
        '{{ plural }}' as entity,
        {{ guid('landed.' ~ key_column) }} as record_id,
        'raise' as legacy_source_name,
        {{ number_key('landed.legacyid') }} as legacy_id,
        {{ whole_number('landed.versionnumber') if plural == 'assessments' else 'null::integer' }} as version_number,
        landed.valid_from_date,
        landed.valid_to_date is null or landed.valid_to_date > context.as_at_date as is_current
    from {{ history_rows('wccis', entity) }}
    where {{ trimmed('landed.legacyid') }} is not null
    {% if not loop.last %}union all{% endif %}
{%- endfor %}
