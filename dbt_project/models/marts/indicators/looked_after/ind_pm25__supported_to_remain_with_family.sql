-- A child counts once however many plans are open, and is traced by the plan that began last. A looked-after child
-- without an open plan is in neither term.

with open_plans as (
    select distinct on (plans.authority_code, plans.child_key, state_days.state_date)
        plans.authority_code,
        plans.child_key,
        state_days.state_date,
        plans.record_key,
        plans.plan_type_code,
        plans.start_date
    from {{ ref('fct_plans') }} as plans
    inner join {{ ref('dim_state_days') }} as state_days
        on
            plans.authority_code = state_days.authority_code
            and plans.start_date <= state_days.state_date
            and (plans.end_date is null or plans.end_date > state_days.state_date)
    where plans.exclusion_reason is null and plans.plan_type_code in ('CASP', 'CP', 'LAC')
    order by
        plans.authority_code,
        plans.child_key,
        state_days.state_date,
        plans.start_date desc,
        plans.record_key
),

looked_after as (
    select
        states.authority_code,
        states.child_key,
        states.state_date,
        min(states.start_date) as start_date
    from {{ ref('fct_looked_after_states') }} as states
    group by states.authority_code, states.child_key, states.state_date
)

select
    'PM25' as indicator_code,
    open_plans.authority_code,
    open_plans.record_key,
    open_plans.child_key,
    open_plans.record_key as count_key,
    open_plans.state_date as counting_from_date,
    open_plans.state_date as counting_to_date,
    null::date as numerator_date,
    coalesce(children.is_own_responsibility, true) as is_in_denominator,
    coalesce(children.is_own_responsibility, true) and looked_after.child_key is null as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    {{ other_authority_reason() }} as exclusion_reason,
    open_plans.plan_type_code || ' plan from ' || {{ spoken_date('open_plans.start_date') }} || ' open on '
    || {{ spoken_date('open_plans.state_date') }}
    || coalesce(', looked after since ' || {{ spoken_date('looked_after.start_date') }}, ', not looked after')
        as evidence,
    null::date as due_date
from open_plans
left join looked_after
    on
        open_plans.authority_code = looked_after.authority_code
        and open_plans.child_key = looked_after.child_key
        and open_plans.state_date = looked_after.state_date
left join {{ ref('dim_children') }} as children
    on open_plans.authority_code = children.authority_code and open_plans.child_key = children.child_key
