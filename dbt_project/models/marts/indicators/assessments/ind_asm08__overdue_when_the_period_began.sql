with assessments as (
    select
        judged.*,
        {{ parameter('ASM08', 'limit_working_days') }} as limit_working_days,
        overdue_days.calendar_date as overdue_from_date,
        case
            when judged.timing_reason is not null then judged.timing_reason
            when judged.referral_date is null then 'no referral day'
        end as overdue_reason
    from ({{ judged_assessments() }}) as judged
    -- the first day on which more than the limit's working days had passed
    left join {{ ref('dim_dates') }} as overdue_days
        on
            overdue_days.is_working_day
            and overdue_days.working_day_number
            = judged.referral_working_day_number + {{ parameter('ASM08', 'limit_working_days') }} + 1
    where judged.authorised_date is not null
)

-- overdue when a period began: overdue from a day before its first, which differs from period to period
select
    'ASM08' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    authorised_date as counting_from_date,
    authorised_date as counting_to_date,
    case when overdue_reason is null and overdue_from_date < authorised_date then overdue_from_date end
        as numerator_date,
    overdue_reason is null as is_in_denominator,
    overdue_reason is null and coalesce(overdue_from_date < authorised_date, false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    overdue_reason as exclusion_reason,
    referral_evidence || ', ' || authorised_evidence
    || {{ working_days_evidence('working_days', 'limit_working_days') }}
    || case
        when overdue_from_date < authorised_date then ', overdue from ' || {{ spoken_date('overdue_from_date') }}
        else ''
    end as evidence,
    null::date as due_date
from assessments
