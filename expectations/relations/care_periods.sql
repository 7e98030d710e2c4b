-- One row per period of care that is open or ended in the last twelve months.
with planned as (
    select distinct
        plans.authority_code,
        plans.child_key
    from marts_candidate.fct_plans as plans
    where plans.exclusion_reason is null and plans.end_date is null
)

select
    care_periods.authority_code,
    care_periods.record_key,
    care_periods.child_key,
    null::text as team_name,
    care_periods.start_date,
    care_periods.end_date,
    care_periods.exclusion_reason,
    care_periods.end_date is null as is_open,
    context.as_at_date,
    attributes.is_own_responsibility,
    lead(care_periods.start_date) over starts as next_start_date,
    planned.child_key is not null as has_open_plan
from marts_candidate.fct_care_periods as care_periods
inner join staging.run_context as context on care_periods.authority_code = context.authority_code
left join planned
    on care_periods.authority_code = planned.authority_code and care_periods.child_key = planned.child_key
left join intermediate.int_child_attributes as attributes
    on care_periods.authority_code = attributes.authority_code and care_periods.child_key = attributes.child_key
where
    care_periods.end_date is null
    or greatest(care_periods.end_date, care_periods.start_date) > context.as_at_date - interval '12 months'
window starts as (
    partition by care_periods.authority_code, care_periods.child_key
    order by care_periods.start_date, care_periods.record_key
)
