select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.review_no') }} as record_id,
    {{ number_key('landed.client_no') }} as child_id,
    coalesce(review_statuses.code = 'CANCELLED', false) as is_void,
    null::timestamptz as modified_at,
    {{ day_first_time('landed.recorded') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ number_key('landed.plan_no') }} as plan_id,
    {{ day_first_date('landed.planned_date') }} as planned_date,
    {{ day_first_date('landed.held_date') }} as held_date,
    {{ decoded('review_statuses', 'landed.status') }} as review_status_code
from {{ as_at_rows('raise', 'review') }}
{{ decode_join('review_statuses', 'raise', 'review_status', 'landed.status') }}
