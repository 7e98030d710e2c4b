select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.plan_no') }} as record_id,
    {{ number_key('landed.client_no') }} as child_id,
    false as is_void,
    null::timestamptz as modified_at,
    {{ day_first_time('landed.recorded') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ decoded('plan_types', 'landed.plan_type') }} as plan_type_code,
    {{ day_first_date('landed.start_date') }} as start_date,
    {{ day_first_date('landed.end_date') }} as end_date,
    {{ code_text('landed.team') }} as team_code,
    {{ code_text('landed.worker') }} as worker_id
from {{ as_at_rows('raise', 'plan') }}
{{ decode_join('plan_types', 'raise', 'plan_type', 'landed.plan_type') }}
