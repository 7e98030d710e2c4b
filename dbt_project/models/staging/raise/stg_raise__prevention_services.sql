select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.service_no') }} as record_id,
    {{ number_key('landed.client_no') }} as child_id,
    false as is_void,
    null::timestamptz as modified_at,
    {{ day_first_time('landed.recorded') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ number_key('landed.family_no') }} as family_id,
    {{ decoded('service_codes', 'landed.service') }} as service_code,
    {{ day_first_date('landed.start_date') }} as start_date,
    {{ day_first_date('landed.end_date') }} as end_date
from {{ as_at_rows('raise', 'prevention') }}
{{ decode_join('service_codes', 'raise', 'prevention_service', 'landed.service') }}
