-- Overdue when a period began: overdue from a day before its first, which differs from period to period.

with assessments as (
    select * from {{ ref('int_assessments_judged') }}
    where authorised_date is not null
),

working_days as (
    select * from {{ ref('dim_dates') }}
    where is_working_day
),

reasoned as (
    select
        assessments.*,
        {{ parameter('ASM08', 'limit_working_days') }} as limit_working_days,
        -- the first day on which more than the limit's working days had passed
        working_days.calendar_date as overdue_from_date,
        case
            when assessments.timing_exclusion_reason is not null then assessments.timing_exclusion_reason
            when assessments.referral_date is null then 'no referral day'
        end as overdue_exclusion_reason
    from assessments
    left join working_days
        on
            assessments.referral_working_day_number + {{ parameter('ASM08', 'limit_working_days') }} + 1
            = working_days.working_day_number
)

select
    'ASM08' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    authorised_date as counting_from_date,
    authorised_date as counting_to_date,
    case when overdue_exclusion_reason is null and overdue_from_date < authorised_date then overdue_from_date end
        as numerator_date,
    overdue_exclusion_reason is null as is_in_denominator,
    overdue_exclusion_reason is null and coalesce(overdue_from_date < authorised_date, false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    overdue_exclusion_reason as exclusion_reason,
    referral_evidence || ', ' || authorised_evidence || ': ' || working_days_evidence || ', limit '
    || limit_working_days
    || case
        when overdue_from_date < authorised_date then ', overdue from ' || {{ spoken_date('overdue_from_date') }}
        else ''
    end as evidence,
    null::date as due_date
from reasoned
