select
    'LAC06' as indicator_code,
    states.authority_code,
    states.record_key,
    states.child_key,
    states.record_key as count_key,
    states.state_date as counting_from_date,
    states.state_date as counting_to_date,
    null::date as numerator_date,
    coalesce(states.placement_authority_code = states.authority_code, false) as is_in_denominator,
    coalesce(states.placement_authority_code = states.authority_code, false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    case
        when (states.placement_authority_code is distinct from states.authority_code)
            then 'not placed in the council''s own area'
    end as exclusion_reason,
    'responsible authority ' || children.responsible_authority_code || '; ' || {{ placement_evidence('states') }}
        as evidence,
    null::date as due_date
from {{ ref('fct_looked_after_states') }} as states
inner join {{ ref('dim_children') }} as children
    on states.authority_code = children.authority_code and states.child_key = children.child_key
where not children.is_own_responsibility
