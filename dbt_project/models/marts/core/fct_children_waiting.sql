select
    authority_code,
    return_date,
    record_key,
    child_authority_code,
    age_years,
    waiting_since_date,
    status_code
from {{ ref('int_children_waiting') }}
