select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.missing_no') }} as record_id,
    {{ number_key('landed.client_no') }} as child_id,
    false as is_void,
    null::timestamptz as modified_at,
    {{ day_first_time('landed.recorded') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ day_first_time('landed.missing_from') }} as missing_from_at,
    {{ day_first_time('landed.returned') }} as returned_at,
    {{ decoded('reported_by_codes', 'landed.reported_by') }} as reported_by_code,
    {{ decoded('interview_offered_codes', 'landed.rhi_offered') }} as interview_offered_code,
    {{ decoded('interview_accepted_codes', 'landed.rhi_accepted') }} as interview_accepted_code,
    {{ day_first_time('landed.rhi_completed') }} as interview_completed_at
from {{ as_at_rows('raise', 'missing') }}
{{ decode_join('reported_by_codes', 'raise', 'reported_by', 'landed.reported_by') }}
{{ decode_join('interview_offered_codes', 'raise', 'yes_no', 'landed.rhi_offered') }}
{{ decode_join('interview_accepted_codes', 'raise', 'yes_no', 'landed.rhi_accepted') }}
