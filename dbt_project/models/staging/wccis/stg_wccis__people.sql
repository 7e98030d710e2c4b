select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.personid') }} as record_id,
    {{ iso_date('landed.dateofbirth') }} as date_of_birth,
    {{ iso_date('landed.expecteddateofbirth') }} as expected_birth_date,
    {{ iso_date('landed.dateofdeath') }} as death_date,
    {{ decoded('sexes', 'landed.genderid') }} as sex_code,
    {{ code_text('landed.ethnicityid_cwname') }} as ethnicity_name,
    {{ decoded('languages', 'landed.languageid') }} as language_code,
    {{ decoded('disabilities', 'landed.isdisabled') }} as disability_code,
    {{ ons_authority('landed.responsibleauthority') }} as responsible_authority_code,
    {{ guid('landed.familyid') }} as family_id,
    {{ restricted('restrictions', 'landed.isrestricted') }} as is_restricted,
    {{ flag('landed.inactive') }} as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.delivery_id,
    landed.record_number
from {{ as_at_rows('wccis', 'person') }}
{{ decode_join('sexes', 'wccis', 'sex', 'landed.genderid') }}
{{ decode_join('languages', 'wccis', 'language', 'landed.languageid') }}
{{ decode_join('disabilities', 'wccis', 'yes_no', 'landed.isdisabled', is_boolean=true) }}
{{ decode_join('restrictions', 'wccis', 'yes_no', 'landed.isrestricted', is_boolean=true) }}
