with assessments as (
    select
        judged.*,
        {{ parameter('PM24', 'limit_working_days') }} as limit_working_days,
        due_days.calendar_date as due_date
    from ({{ judged_assessments() }}) as judged
    left join {{ ref('dim_dates') }} as due_days
        on
            due_days.is_working_day
            and due_days.working_day_number
            = judged.referral_working_day_number + {{ parameter('PM24', 'limit_working_days') }}
    where judged.authorised_date is not null
)

-- without a referral day an assessment stays in the denominator and cannot be in time
select
    'PM24' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    authorised_date as counting_from_date,
    authorised_date as counting_to_date,
    null::date as numerator_date,
    timing_reason is null as is_in_denominator,
    timing_reason is null and coalesce(working_days <= limit_working_days, false) as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('team', team_name) as breakdowns,
    timing_reason as exclusion_reason,
    referral_evidence || ', ' || authorised_evidence
    || {{ working_days_evidence('working_days', 'limit_working_days') }} as evidence,
    due_date
from assessments
