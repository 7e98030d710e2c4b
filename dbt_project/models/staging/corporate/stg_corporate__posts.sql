select
    landed.authority_code,
    'corporate' as source_name,
    landed.valid_from_date as business_date,
    {{ iso_date('landed.as_at') }} as return_date,
    landed.delivery_id,
    landed.record_number,
    {{ trimmed('landed.post_no') }} as post_id,
    {{ code_text('landed.team') }} as team_name,
    {{ code_text('landed.role') }} as role_name,
    {{ trimmed('landed.fte') }}::numeric as full_time_equivalent,
    {{ decoded('post_statuses', 'landed.status') }} as post_status_code,
    {{ decoded('covers', 'landed.cover') }} as cover_code
from {{ as_at_returns('hr_establishment') }}
{{ decode_join('post_statuses', 'corporate', 'post_status', 'landed.status') }}
{{ decode_join('covers', 'corporate', 'post_cover', 'landed.cover') }}
