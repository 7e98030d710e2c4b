select
    plans.authority_code,
    plans.record_key,
    plans.child_key,
    plans.source_name,
    plans.plan_type_code,
    plans.team_code,
    plans.start_date,
    plans.end_date,
    plans.recorded_at,
    plans.exclusion_reason,
    {{ event_day('plans.start_date') }} as event_date,
    {{ age_band_on(event_day('plans.start_date')) }} as age_band,
    {{ dimension_key('plans.team_code') }} as team_key,
    {{ worker_key('plans.worker_id') }} as worker_key
from {{ ref('int_plans_bounded') }} as plans
{{ child_attributes_join('plans') }}
{{ salt_join('plans.authority_code') }}
