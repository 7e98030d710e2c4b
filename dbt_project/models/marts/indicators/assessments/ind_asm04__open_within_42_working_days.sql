with assessments as (
    select
        *,
        {{ parameter('ASM04', 'limit_working_days') }} as limit_working_days
    from {{ ref('int_assessments_open') }}
)

select
    'ASM04' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    state_date as counting_from_date,
    state_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null and coalesce(working_days_open <= limit_working_days, false) as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('team', team_name) as breakdowns,
    exclusion_reason,
    evidence || ', limit ' || limit_working_days as evidence,
    null::date as due_date
from assessments
