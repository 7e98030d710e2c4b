select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.health_no') }} as record_id,
    {{ number_key('landed.client_no') }} as child_id,
    false as is_void,
    null::timestamptz as modified_at,
    {{ day_first_time('landed.recorded') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ number_key('landed.care_period_no') }} as care_period_id,
    {{ number_key('landed.placement_no') }} as placement_id,
    {{ decoded('health_kinds', 'landed.kind') }} as kind_code,
    {{ day_first_date('landed.event_date') }} as event_date
from {{ as_at_rows('raise', 'lac_health') }}
{{ decode_join('health_kinds', 'raise', 'health_kind', 'landed.kind') }}
