-- Open from the referral until the day before the authorisation. What is in no term, or has no referral day, is listed
-- once, on the as-at day.

with assessments as (
    select * from {{ ref('int_assessments_judged') }}
),

authorities as (
    select * from {{ ref('dim_authorities') }}
),

state_days as (
    select * from {{ ref('dim_state_days') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
),

last_days as (
    select
        state_days.authority_code,
        max(state_days.state_date) as last_date
    from state_days
    group by state_days.authority_code
),

open_on_days as (
    select
        assessments.*,
        state_days.state_date,
        null::text as open_exclusion_reason
    from assessments
    inner join last_days on assessments.authority_code = last_days.authority_code
    cross join
        lateral {{ months_touched(
            'assessments.referral_date', 'coalesce(assessments.authorised_date, last_days.last_date)'
        ) }} as month_start
    inner join state_days
        on
            assessments.authority_code = state_days.authority_code
            and {{ month_of('state_days.state_date') }} = month_start
            and assessments.referral_date <= state_days.state_date
            and (assessments.authorised_date is null or assessments.authorised_date > state_days.state_date)
    where assessments.timing_exclusion_reason is null
),

not_counted as (
    select
        assessments.*,
        authorities.as_at_date as state_date,
        coalesce(assessments.timing_exclusion_reason, 'no referral day') as open_exclusion_reason
    from assessments
    inner join authorities on assessments.authority_code = authorities.authority_code
    where
        (assessments.timing_exclusion_reason is not null or assessments.referral_date is null)
        -- once authorised never open, but whether it was by then cannot be told from a day that nobody can use
        and (
            assessments.authorised_date is null
            or assessments.authorised_date < assessments.referral_date
            or not ({{ in_calendar('assessments.authorised_date') }})
        )
),

listed as (
    select * from open_on_days
    union all
    select * from not_counted
),

counted as (
    select
        listed.*,
        case
            when listed.authorised_date <= listed.state_date then null
            else dates.working_day_number - listed.referral_working_day_number
        end as working_days_open
    from listed
    inner join dates on listed.state_date = dates.calendar_date
)

select
    authority_code,
    record_key,
    child_key,
    state_date,
    team_name,
    working_days_open,
    open_exclusion_reason as exclusion_reason,
    referral_evidence
    || case
        when authorised_date <= state_date
            then ', ' || authorised_evidence || ', so not known whether open at the end of '
        else ', open at the end of '
    end
    || {{ spoken_date('state_date') }}
    || coalesce(
        ': ' || working_days_open || case working_days_open when 1 then ' working day' else ' working days' end, ''
    ) as evidence
from counted
