-- One row per plan that is open or ended in the last twelve months, with the care and protection that should go with
-- it.
with registered as (
    select distinct
        registrations.authority_code,
        registrations.child_key
    from marts_candidate.fct_registrations as registrations
    where registrations.exclusion_reason is null and registrations.deregistered_date is null
),

looked_after as (
    select distinct
        care_periods.authority_code,
        care_periods.child_key
    from marts_candidate.fct_care_periods as care_periods
    where care_periods.exclusion_reason is null and care_periods.end_date is null
)

select
    plans.authority_code,
    plans.record_key,
    plans.child_key,
    plans.team_code as team_name,
    plans.plan_type_code,
    plans.start_date,
    plans.end_date,
    plans.exclusion_reason,
    plans.exclusion_reason is null as is_usable,
    plans.exclusion_reason is null and (plans.end_date is null or plans.end_date > context.as_at_date) as is_open,
    context.as_at_date,
    attributes.date_of_birth,
    registered.child_key is not null as is_registered,
    looked_after.child_key is not null as is_looked_after,
    count(*) filter (
        where plans.exclusion_reason is null and (plans.end_date is null or plans.end_date > context.as_at_date)
    ) over (partition by plans.authority_code, plans.child_key, plans.plan_type_code) as open_plans_alike
from marts_candidate.fct_plans as plans
inner join staging.run_context as context on plans.authority_code = context.authority_code
left join registered
    on plans.authority_code = registered.authority_code and plans.child_key = registered.child_key
left join looked_after
    on plans.authority_code = looked_after.authority_code and plans.child_key = looked_after.child_key
left join intermediate.int_child_attributes as attributes
    on plans.authority_code = attributes.authority_code and plans.child_key = attributes.child_key
where
    coalesce(plans.exclusion_reason, '') not like '%deleted%'
    and (
        plans.end_date is null
        or greatest(plans.end_date, plans.start_date) > context.as_at_date - interval '12 months'
    )
