-- Without a referral day an assessment stays in the denominator and cannot be in time.

with assessments as (
    select * from {{ ref('int_assessments_judged') }}
    where authorised_date is not null
),

working_days as (
    select * from {{ ref('dim_dates') }}
    where is_working_day
),

due as (
    select
        assessments.*,
        {{ parameter('PM24', 'limit_working_days') }} as limit_working_days,
        working_days.calendar_date as due_date
    from assessments
    left join working_days
        on
            assessments.referral_working_day_number + {{ parameter('PM24', 'limit_working_days') }}
            = working_days.working_day_number
)

select
    'PM24' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    authorised_date as counting_from_date,
    authorised_date as counting_to_date,
    null::date as numerator_date,
    timing_exclusion_reason is null as is_in_denominator,
    timing_exclusion_reason is null and coalesce(working_days <= limit_working_days, false) as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('team', team_name) as breakdowns,
    timing_exclusion_reason as exclusion_reason,
    referral_evidence || ', ' || authorised_evidence || ': ' || working_days_evidence || ', limit '
    || limit_working_days as evidence,
    due_date
from due
