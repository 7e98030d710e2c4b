select
    landed.authority_code,
    'corporate' as source_name,
    landed.valid_from_date as business_date,
    {{ iso_date('landed.as_at') }} as return_date,
    landed.delivery_id,
    landed.record_number,
    {{ code_text('landed.family_no') }} as family_id,
    {{ ons_authority('landed.authority') }} as family_authority_code,
    {{ code_text('landed.applicant_type') }} as applicant_type_code,
    {{ code_text('landed.second_time') }} as is_second_time_code,
    {{ code_text('landed.stage') }} as stage_code,
    {{ code_text('landed.on_hold') }} as is_on_hold_code
from {{ as_at_rows('corporate', 'nwas_adopters') }}
