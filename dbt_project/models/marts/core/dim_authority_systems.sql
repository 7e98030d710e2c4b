select
    systems.authority_code,
    systems.source_name,
    systems.system_number::integer as system_number,
    systems.live_from_date,
    systems.live_to_date,
    systems.is_first_day_assumed,
    systems.as_at_date,
    systems.is_live
from {{ source('context', 'run_systems') }} as systems
inner join {{ source('context', 'run_context') }} as context on systems.authority_code = context.authority_code
