select
    authority_code,
    return_date,
    record_key,
    team_name,
    role_name,
    full_time_equivalent,
    post_status_code,
    cover_code,
    {{ dimension_key('team_name') }} as team_key
from {{ ref('int_posts') }}
