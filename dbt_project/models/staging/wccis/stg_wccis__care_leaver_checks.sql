select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.careleavercheckid') }} as record_id,
    {{ guid('landed.personid') }} as child_id,
    {{ flag('landed.inactive') }} as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ iso_date('landed.leftcaredate') }} as left_care_date,
    {{ decoded('month_codes', 'landed.months') }} as months,
    {{ iso_date('landed.checkdate') }} as check_date,
    {{ decoded('education_employment_codes', 'landed.eet') }} as education_employment_code
from {{ as_at_rows('wccis', 'careleavercheck') }}
{{ decode_join('month_codes', 'wccis', 'months_since_care', 'landed.months') }}
{{ decode_join('education_employment_codes', 'wccis', 'eet', 'landed.eet') }}
