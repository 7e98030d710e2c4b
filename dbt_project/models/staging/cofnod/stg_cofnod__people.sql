select
    landed.authority_code,
    'cofnod' as source_name,
    {{ guid('landed.id') }} as record_id,
    {{ iso_date('landed.born_on') }} as date_of_birth,
    {{ iso_date('landed.expected_on') }} as expected_birth_date,
    {{ iso_date('landed.died_on') }} as death_date,
    {{ decoded('sexes', 'landed.sex') }} as sex_code,
    {{ code_text('landed.ethnicity') }} as ethnicity_name,
    {{ decoded('languages', 'landed.language') }} as language_code,
    {{ decoded('disabilities', 'landed.is_disabled') }} as disability_code,
    {{ ons_authority('landed.responsible_authority') }} as responsible_authority_code,
    {{ guid('landed.household_id') }} as family_id,
    {{ restricted('restrictions', 'landed.is_restricted') }} as is_restricted,
    false as is_void,
    {{ utc_time('landed.changed_at') }} as modified_at,
    {{ utc_time('landed.created_at') }} as recorded_at,
    landed.delivery_id,
    landed.record_number
from {{ as_at_rows('cofnod', 'people') }}
{{ decode_join('sexes', 'cofnod', 'sex', 'landed.sex') }}
{{ decode_join('languages', 'cofnod', 'language', 'landed.language') }}
{{ decode_join('disabilities', 'cofnod', 'yes_no', 'landed.is_disabled', is_boolean=true) }}
{{ decode_join('restrictions', 'cofnod', 'yes_no', 'landed.is_restricted', is_boolean=true) }}
where {{ code_text('landed.change') }} is distinct from 'DELETE'
