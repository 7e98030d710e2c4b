select
    authority_code,
    authority_name,
    is_home_authority,
    live_source,
    cut_over_date,
    is_cut_over_assumed,
    requested_date,
    as_at_date,
    as_at_end_at,
    raise_as_at_date,
    wccis_as_at_date
from {{ source('context', 'run_context') }}
