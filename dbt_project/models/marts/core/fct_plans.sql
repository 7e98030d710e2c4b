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
    plans.exclusion_reason
from {{ ref('int_plans_bounded') }} as plans
