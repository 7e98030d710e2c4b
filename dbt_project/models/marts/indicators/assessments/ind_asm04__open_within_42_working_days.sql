with assessments as (
    {{ open_assessments('ASM04') }}
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
    open_reason is null as is_in_denominator,
    open_reason is null and coalesce(working_days_open <= limit_working_days, false) as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('team', team_name) as breakdowns,
    open_reason as exclusion_reason,
    open_evidence || ', limit ' || limit_working_days as evidence,
    null::date as due_date
from assessments
