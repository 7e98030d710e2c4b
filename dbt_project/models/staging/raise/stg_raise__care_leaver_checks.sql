select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.check_no') }} as record_id,
    {{ number_key('landed.client_no') }} as child_id,
    false as is_void,
    null::timestamptz as modified_at,
    {{ day_first_time('landed.recorded') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ day_first_date('landed.left_care_date') }} as left_care_date,
    {{ decoded('month_codes', 'landed.months') }} as months,
    {{ day_first_date('landed.check_date') }} as check_date,
    {{ decoded('education_employment_codes', 'landed.eet') }} as education_employment_code
from {{ as_at_rows('raise', 'care_leaver_check') }}
{{ decode_join('month_codes', 'raise', 'months_since_care', 'landed.months') }}
{{ decode_join('education_employment_codes', 'raise', 'eet', 'landed.eet') }}
