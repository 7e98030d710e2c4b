-- A child counts once however many plans are open, and is traced by the plan that began last. A looked-after child
-- without an open plan is in neither term.

with plans as (
    select * from {{ ref('fct_plans') }}
    where exclusion_reason is null and plan_type_code in ('CASP', 'CP', 'LAC')
),

state_days as (
    select * from {{ ref('dim_state_days') }}
),

looked_after_states as (
    select * from {{ ref('fct_looked_after_states') }}
),

children as (
    select * from {{ ref('dim_children') }}
),

open_plans as (
    select distinct on (plans.authority_code, plans.child_key, state_days.state_date)
        plans.authority_code,
        plans.child_key,
        state_days.state_date,
        plans.record_key,
        plans.plan_type_code,
        plans.start_date
    from plans
    inner join state_days
        on
            plans.authority_code = state_days.authority_code
            and plans.start_date <= state_days.state_date
            and (plans.end_date is null or plans.end_date > state_days.state_date)
    order by
        plans.authority_code,
        plans.child_key,
        state_days.state_date,
        plans.start_date desc,
        plans.record_key
),

looked_after as (
    select
        looked_after_states.authority_code,
        looked_after_states.child_key,
        looked_after_states.state_date,
        min(looked_after_states.start_date) as start_date
    from looked_after_states
    group by looked_after_states.authority_code, looked_after_states.child_key, looked_after_states.state_date
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
    children.exclusion_reason is null as is_in_denominator,
    children.exclusion_reason is null and looked_after.child_key is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object(
        'ethnicity_group', children.ethnicity_group,
        'language', children.language_code,
        'disability', children.disability_code
    ) as breakdowns,
    children.exclusion_reason,
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
left join children
    on open_plans.authority_code = children.authority_code and open_plans.child_key = children.child_key
