-- Keys that have no former key of their own, and references to children and plans, in every version of the rows that
-- carry them: rows that were migrated show which earlier key is the same. A child or a plan that this system never
-- delivered stays one of its own: section 7 of deliveries.md matches the four keys alone.
{%- set carried = [
    ('people', 'person', 'personid', 'family', 'familyid'),
    ('prevention_services', 'prevention', 'preventionid', 'family', 'familyid'),
    ('contacts', 'contact', 'contactid', 'incident', 'incidentid'),
    ('care_episodes', 'lacepisode', 'lacepisodeid', 'care_period', 'careperiodid'),
    ('care_episodes', 'lacepisode', 'lacepisodeid', 'placement', 'placementid'),
    ('health_events', 'lachealth', 'lachealthid', 'care_period', 'careperiodid'),
    ('health_events', 'lachealth', 'lachealthid', 'placement', 'placementid'),
    ('reviews', 'review', 'reviewid', 'plan', 'careplanid'),
    ('contacts', 'contact', 'contactid', 'child', 'personid'),
    ('assessments', 'caseform', 'caseformid', 'child', 'personid'),
    ('plans', 'careplan', 'careplanid', 'child', 'personid'),
    ('reviews', 'review', 'reviewid', 'child', 'personid'),
    ('section_47s', 'section47', 'section47id', 'child', 'personid'),
    ('registrations', 'childprotection', 'childprotectionid', 'child', 'personid'),
    ('care_episodes', 'lacepisode', 'lacepisodeid', 'child', 'personid'),
    ('health_events', 'lachealth', 'lachealthid', 'child', 'personid'),
    ('school_moves', 'schoolmove', 'schoolmoveid', 'child', 'personid'),
    ('education_results', 'educationresult', 'educationresultid', 'child', 'personid'),
    ('missing_episodes', 'missingepisode', 'missingepisodeid', 'child', 'personid'),
    ('care_leaver_checks', 'careleavercheck', 'careleavercheckid', 'child', 'personid'),
    ('homeless_spells', 'homelessspell', 'homelessspellid', 'child', 'personid'),
    ('prevention_services', 'prevention', 'preventionid', 'child', 'personid'),
] %}
{%- for plural, entity, key_column, id_kind, id_column in carried %}
    select
        landed.authority_code,
        'wccis' as source_name,
        '{{ plural }}' as entity,
        {{ guid('landed.' ~ key_column) }} as record_id,
        '{{ id_kind }}' as id_kind,
        {{ guid('landed.' ~ id_column) }} as source_id,
        {{ 'false' if id_kind in ('child', 'plan') else 'true' }} as is_matched,
        landed.valid_from_date
    from {{ history_rows('wccis', entity) }}
    where {{ trimmed('landed.' ~ id_column) }} is not null
    {% if not loop.last %}union all{% endif %}
{%- endfor %}
