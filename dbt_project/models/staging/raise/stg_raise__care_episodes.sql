select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.episode_no') }} as record_id,
    {{ number_key('landed.client_no') }} as child_id,
    false as is_void,
    null::timestamptz as modified_at,
    {{ day_first_time('landed.recorded') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ number_key('landed.care_period_no') }} as care_period_id,
    {{ number_key('landed.placement_no') }} as placement_id,
    {{ day_first_date('landed.start_date') }} as start_date,
    {{ decoded('start_reasons', 'landed.start_reason') }} as start_reason_code,
    {{ decoded('legal_statuses', 'landed.legal_status') }} as legal_status_code,
    {{ decoded('placement_types', 'landed.placement_type') }} as placement_type_code,
    {{ decoded('providers', 'landed.provider') }} as provider_code,
    {{ ons_authority('landed.placement_la') }} as placement_authority_code,
    {{ day_first_date('landed.end_date') }} as end_date,
    {{ decoded('care_end_reasons', 'landed.end_reason') }} as end_reason_code
from {{ as_at_rows('raise', 'lac_episode') }}
{{ decode_join('start_reasons', 'raise', 'start_reason', 'landed.start_reason') }}
{{ decode_join('legal_statuses', 'raise', 'legal_status', 'landed.legal_status') }}
{{ decode_join('placement_types', 'raise', 'placement_type', 'landed.placement_type') }}
{{ decode_join('providers', 'raise', 'provider', 'landed.provider') }}
{{ decode_join('care_end_reasons', 'raise', 'care_end_reason', 'landed.end_reason') }}
