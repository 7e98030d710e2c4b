-- the children that facts name, known or not, and the facts that name none
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
] %}
{%- for plural, entity, key_column in entities %}
    select distinct
        landed.authority_code,
        'wccis' as source_name,
        {{ guid('landed.personid') }} as child_id,
        case when {{ trimmed('landed.personid') }} is null then '{{ plural }}' end as entity,
        case when {{ trimmed('landed.personid') }} is null then {{ guid('landed.' ~ key_column) }} end as record_id
    from {{ as_at_rows('wccis', entity) }}
    {% if not loop.last %}union all{% endif %}
{%- endfor %}
