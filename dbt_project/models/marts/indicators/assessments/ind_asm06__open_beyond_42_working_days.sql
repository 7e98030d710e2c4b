with assessments as (
    {{ open_assessments('ASM06') }}
)

select
    'ASM06' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    state_date as counting_from_date,
    state_date as counting_to_date,
    null::date as numerator_date,
    open_reason is null as is_in_denominator,
    open_reason is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object(
        'team', team_name,
        'age_band', {{ open_age_band('ASM06', 'working_days_open') }}
    ) as breakdowns,
    open_reason as exclusion_reason,
    open_evidence || ', limit ' || limit_working_days as evidence,
    null::date as due_date
from assessments
where open_reason is not null or working_days_open > limit_working_days
