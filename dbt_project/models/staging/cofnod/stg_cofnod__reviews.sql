select
    landed.authority_code,
    'cofnod' as source_name,
    {{ guid('landed.id') }} as record_id,
    {{ guid('landed.person_id') }} as child_id,
    coalesce(review_statuses.code = 'CANCELLED', false) as is_void,
    {{ utc_time('landed.changed_at') }} as modified_at,
    {{ utc_time('landed.created_at') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ guid('landed.plan_id') }} as plan_id,
    {{ iso_date('landed.planned_on') }} as planned_date,
    {{ iso_date('landed.held_on') }} as held_date,
    {{ decoded('review_statuses', 'landed.state') }} as review_status_code
from {{ as_at_rows('cofnod', 'reviews') }}
{{ decode_join('review_statuses', 'cofnod', 'review_status', 'landed.state') }}
where {{ code_text('landed.change') }} is distinct from 'DELETE'
