select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.client_no') }} as record_id,
    {{ day_first_date('landed.dob') }} as date_of_birth,
    {{ day_first_date('landed.expected_dob') }} as expected_birth_date,
    {{ day_first_date('landed.date_of_death') }} as death_date,
    {{ decoded('sexes', 'landed.sex') }} as sex_code,
    {{ code_text('landed.ethnicity') }} as ethnicity_name,
    {{ decoded('languages', 'landed.language') }} as language_code,
    {{ decoded('disabilities', 'landed.disabled') }} as disability_code,
    {{ ons_authority('landed.resp_la') }} as responsible_authority_code,
    {{ number_key('landed.family_no') }} as family_id,
    {{ restricted('restrictions', 'landed.restricted') }} as is_restricted,
    false as is_void,
    {{ day_first_time('landed.last_updated') }} as modified_at,
    {{ day_first_time('landed.last_updated') }} as recorded_at,
    landed.delivery_id,
    landed.record_number
from {{ as_at_rows('raise', 'client') }}
{{ decode_join('sexes', 'raise', 'sex', 'landed.sex') }}
{{ decode_join('languages', 'raise', 'language', 'landed.language') }}
{{ decode_join('disabilities', 'raise', 'yes_no', 'landed.disabled') }}
{{ decode_join('restrictions', 'raise', 'yes_no', 'landed.restricted') }}
