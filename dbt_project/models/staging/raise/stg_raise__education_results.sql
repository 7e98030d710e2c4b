select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.result_no') }} as record_id,
    {{ number_key('landed.client_no') }} as child_id,
    false as is_void,
    null::timestamptz as modified_at,
    {{ day_first_time('landed.recorded') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ code_text('landed.academic_year') }} as academic_year,
    {{ decoded('key_stages', 'landed.key_stage') }} as key_stage_code,
    {{ decoded('csi_codes', 'landed.csi') }} as csi_code
from {{ as_at_rows('raise', 'education_result') }}
{{ decode_join('key_stages', 'raise', 'key_stage', 'landed.key_stage') }}
{{ decode_join('csi_codes', 'raise', 'yes_no', 'landed.csi') }}
