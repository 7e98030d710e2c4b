with assessments as (
    select
        *,
        {{ parameter('ASM09', 'limit_working_days') }} as limit_working_days
    from {{ ref('int_assessments_judged') }}
    where authorised_date is not null
)

select
    'ASM09' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    authorised_date as counting_from_date,
    authorised_date as counting_to_date,
    null::date as numerator_date,
    timing_exclusion_reason is null as is_in_denominator,
    timing_exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('team', team_name, 'delay_reason', delay_reason) as breakdowns,
    timing_exclusion_reason as exclusion_reason,
    referral_evidence || ', ' || authorised_evidence || ': ' || working_days_evidence || ', limit '
    || limit_working_days || ', reason ' || coalesce(delay_reason, 'unknown') as evidence,
    null::date as due_date
from assessments
where working_days > limit_working_days
