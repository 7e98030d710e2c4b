select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.registration_no') }} as record_id,
    {{ number_key('landed.client_no') }} as child_id,
    false as is_void,
    null::timestamptz as modified_at,
    {{ day_first_time('landed.recorded') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ number_key('landed.s47_no') }} as section_47_id,
    {{ day_first_date('landed.registered_date') }} as registered_date,
    {{ day_first_date('landed.deregistered_date') }} as deregistered_date,
    {{ decoded_members('raise', 'abuse_category', 'landed.category') }} as category_code,
    {{ decoded('transfer_codes', 'landed.transfer_in') }} as transfer_in_code,
    {{ decoded('temporary_codes', 'landed.temporary') }} as temporary_code
from {{ as_at_rows('raise', 'cp_registration') }}
{{ decode_join('transfer_codes', 'raise', 'yes_no', 'landed.transfer_in') }}
{{ decode_join('temporary_codes', 'raise', 'yes_no', 'landed.temporary') }}
