select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.reviewid') }} as record_id,
    {{ guid('landed.personid') }} as child_id,
    {{ flag('landed.inactive') }} or coalesce(review_statuses.code = 'CANCELLED', false) as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ guid('landed.careplanid') }} as plan_id,
    {{ iso_date('landed.planneddate') }} as planned_date,
    {{ iso_date('landed.helddate') }} as held_date,
    {{ decoded('review_statuses', 'landed.reviewstatusid') }} as review_status_code
from {{ as_at_rows('wccis', 'review') }}
{{ decode_join('review_statuses', 'wccis', 'review_status', 'landed.reviewstatusid') }}
