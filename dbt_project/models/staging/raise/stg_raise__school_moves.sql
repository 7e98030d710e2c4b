select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.move_no') }} as record_id,
    {{ number_key('landed.client_no') }} as child_id,
    false as is_void,
    null::timestamptz as modified_at,
    {{ day_first_time('landed.recorded') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ day_first_date('landed.move_date') }} as move_date,
    {{ decoded('school_move_reasons', 'landed.reason') }} as reason_code
from {{ as_at_rows('raise', 'school_move') }}
{{ decode_join('school_move_reasons', 'raise', 'school_move_reason', 'landed.reason') }}
