select
    landed.authority_code,
    'cofnod' as source_name,
    {{ guid('landed.id') }} as record_id,
    {{ guid('landed.person_id') }} as child_id,
    false as is_void,
    {{ utc_time('landed.changed_at') }} as modified_at,
    {{ utc_time('landed.created_at') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ iso_date('landed.left_care_on') }} as left_care_date,
    {{ decoded('month_codes', 'landed.months') }} as months,
    {{ iso_date('landed.checked_on') }} as check_date,
    {{ decoded('education_employment_codes', 'landed.in_education_or_work') }} as education_employment_code
from {{ as_at_rows('cofnod', 'leaver_checks') }}
{{ decode_join('month_codes', 'cofnod', 'months_since_care', 'landed.months') }}
{{ decode_join('education_employment_codes', 'cofnod', 'eet', 'landed.in_education_or_work') }}
where {{ code_text('landed.change') }} is distinct from 'DELETE'
