select
    landed.authority_code,
    'corporate' as source_name,
    landed.valid_from_date as business_date,
    {{ iso_date('landed.as_at') }} as return_date,
    landed.delivery_id,
    landed.record_number,
    {{ code_text('landed.family_no') }} as family_id,
    {{ ons_authority('landed.authority') }} as family_authority_code,
    {{ decoded('applicant_types', 'landed.applicant_type') }} as applicant_type_code,
    {{ decoded('second_times', 'landed.second_time') }} as is_second_time_code,
    {{ code_text('landed.stage') }} as stage_code,
    {{ decoded('holds', 'landed.on_hold') }} as is_on_hold_code
from {{ as_at_returns('nwas_adopters') }}
{{ decode_join('applicant_types', 'corporate', 'applicant_type', 'landed.applicant_type') }}
{{ decode_join('second_times', 'corporate', 'yes_no', 'landed.second_time') }}
{{ decode_join('holds', 'corporate', 'yes_no', 'landed.on_hold') }}
