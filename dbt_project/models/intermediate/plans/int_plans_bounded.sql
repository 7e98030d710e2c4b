-- the plan's team keeps the name that it has now; an end that the source could not yet know means still open
select
    plans.authority_code,
    plans.canonical_record_id,
    plans.record_key,
    plans.child_key,
    plans.source_name,
    plans.recorded_at,
    plans.plan_type_code,
    {{ spelled('team_names', 'plans.team_code') }} as team_code,
    plans.worker_id,
    plans.start_date,
    {{ fresh_end('plans.end_date', 'plans.fresh_until_date') }} as end_date,
    case
        when plans.is_void then 'the plan was deleted in the case system'
        else {{ span_exclusion('plans.start_date', 'plans.end_date', 'plans.fresh_until_date', 'the plan') }}
    end as exclusion_reason
from {{ ref('int_plans_conformed') }} as plans
{{ spelling_join('team_names', 'team', 'plans.team_code') }}
