with

children as (
    select * from intermediate.int_child_attributes
),

care_periods as (
    select * from marts_candidate.fct_care_periods
),

plans as (
    select * from marts_candidate.fct_plans
),

in_care as (
    select
        authority_code,
        child_key,
        bool_or(end_date is null) as is_open
    from care_periods
    group by authority_code, child_key
),

on_plans as (
    select
        authority_code,
        child_key,
        bool_or(end_date is null) as is_open
    from plans
    group by authority_code, child_key
),

judged as (
    select
        children.authority_code,
        children.child_key,
        in_care.child_key is not null as was_looked_after,
        coalesce(in_care.is_open, false) or coalesce(on_plans.is_open, false) as is_open,
        -- of a child who died the years count from the birth as well
        children.date_of_birth + make_interval(
            years => case when in_care.child_key is null then :age else :looked_after_age end
        ) as due_at
    from children
    left join in_care
        on children.authority_code = in_care.authority_code and children.child_key = in_care.child_key
    left join on_plans
        on children.authority_code = on_plans.authority_code and children.child_key = on_plans.child_key
)

select
    authority_code,
    child_key,
    was_looked_after,
    case
        when due_at is null then 'no date of birth'
        when due_at > :as_at then 'kept'
        when is_open then 'due, and something is open'
        else 'due'
    end as state
from judged
order by authority_code, child_key
