-- What is open, judged as the indicator of its clock judges it, with the day by which it is due. Work is open from the
-- day it begins until the day before the one on which it is done; late is what the indicator would count as missed were
-- it done on the next day. The same is said of the day a week before, so that what changed between them can be told.

with authorities as (
    select * from {{ ref('dim_authorities') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
),

working_days as (
    select * from dates
    where is_working_day
),

children as (
    select * from {{ ref('dim_children') }}
),

holders as (
    select * from {{ ref('int_children_held') }}
),

counted_contacts as (
    select * from {{ ref('int_contacts_counted') }}
    where exclusion_reason is null and decision_exclusion_reason is null
),

judged_assessments as (
    select * from {{ ref('int_assessments_judged') }}
    where timing_exclusion_reason is null and referral_date is not null
),

returned_episodes as (
    select * from {{ ref('int_episodes_returned') }}
    where exclusion_reason is null and interview_exclusion_reason is null
),

contact_facts as (
    select * from {{ ref('fct_contacts') }}
),

assessment_facts as (
    select * from {{ ref('fct_assessments') }}
),

plan_facts as (
    select * from {{ ref('fct_plans') }}
    where exclusion_reason is null
),

enquiry_facts as (
    select * from {{ ref('fct_section_47s') }}
    where exclusion_reason is null and strategy_exclusion_reason is null and strategy_date is not null
),

review_days as (
    select
        authority_code,
        record_key,
        child_key,
        subject_key,
        clock_code,
        runs_from_date,
        due_date,
        held_date,
        subject_end_date,
        team_key
    from {{ ref('fct_reviews_due') }}
    union all
    select
        authority_code,
        record_key,
        child_key,
        subject_key,
        clock_code,
        runs_from_date,
        due_date,
        held_date,
        subject_end_date,
        team_key
    from {{ ref('fct_reviews_to_come') }}
),

days as (
    select
        authorities.authority_code,
        authorities.as_at_date,
        authorities.as_at_end_at,
        as_at_days.working_day_number as as_at_number,
        authorities.as_at_date - 7 as before_date,
        (authorities.as_at_date - 6)::timestamp at time zone 'Europe/London' as before_end_at,
        before_days.working_day_number as before_number
    from authorities
    inner join dates as as_at_days on authorities.as_at_date = as_at_days.calendar_date
    inner join dates as before_days on authorities.as_at_date - 7 = before_days.calendar_date
),

contacts as (
    select
        'CONTACT' as clock_code,
        contacts.authority_code,
        contacts.record_key,
        contacts.child_key,
        contacts.record_key as subject_key,
        facts.team_key,
        facts.worker_key,
        false as is_held_by_the_child,
        contacts.received_date as started_date,
        contacts.received_at as started_at,
        contacts.decided_date as done_date,
        contacts.received_at + make_interval(hours => {{ parameter('CON03', 'limit_hours') }}) as due_at,
        null::date as due_date,
        null::integer as started_number,
        null::text as delay_reason
    from counted_contacts as contacts
    inner join contact_facts as facts
        on contacts.authority_code = facts.authority_code and contacts.record_key = facts.record_key
),

assessments as (
    select
        'ASSESSMENT' as clock_code,
        assessments.authority_code,
        assessments.record_key,
        assessments.child_key,
        assessments.record_key as subject_key,
        facts.team_key,
        facts.worker_key,
        false as is_held_by_the_child,
        assessments.referral_date as started_date,
        null::timestamp with time zone as started_at,
        assessments.authorised_date as done_date,
        null::timestamp with time zone as due_at,
        working_days.calendar_date as due_date,
        assessments.referral_working_day_number as started_number,
        assessments.delay_reason
    from judged_assessments as assessments
    inner join assessment_facts as facts
        on assessments.authority_code = facts.authority_code and assessments.record_key = facts.record_key
    left join working_days
        on
            assessments.referral_working_day_number + {{ parameter('ASM06', 'limit_working_days') }}
            = working_days.working_day_number
),

-- one that was held is done, and one whose plan or period of care ended before it no longer waits for anything
reviews as (
    select
        'REVIEW_' || review_days.clock_code as clock_code,
        review_days.authority_code,
        review_days.record_key,
        review_days.child_key,
        review_days.subject_key,
        case when review_days.clock_code = 'LAC' then holders.team_key else review_days.team_key end as team_key,
        case when review_days.clock_code = 'LAC' then holders.worker_key else plan_facts.worker_key end as worker_key,
        review_days.clock_code = 'LAC' as is_held_by_the_child,
        review_days.runs_from_date as started_date,
        null::timestamp with time zone as started_at,
        least(review_days.held_date, review_days.subject_end_date) as done_date,
        null::timestamp with time zone as due_at,
        review_days.due_date,
        null::integer as started_number,
        null::text as delay_reason
    from review_days
    left join children
        on review_days.authority_code = children.authority_code and review_days.child_key = children.child_key
    left join plan_facts
        on review_days.authority_code = plan_facts.authority_code and review_days.subject_key = plan_facts.record_key
    left join holders
        on review_days.authority_code = holders.authority_code and review_days.child_key = holders.child_key
    where review_days.clock_code in ('CASP', 'LAC', 'CP') and children.exclusion_reason is null
),

-- an enquiry that ended another way leads to no conference; one that is still under way may
conferences as (
    select
        'CONFERENCE' as clock_code,
        enquiries.authority_code,
        enquiries.record_key,
        enquiries.child_key,
        enquiries.record_key as subject_key,
        holders.team_key,
        holders.worker_key,
        true as is_held_by_the_child,
        enquiries.strategy_date as started_date,
        null::timestamp with time zone as started_at,
        case
            when enquiries.stated_conference_date is not null then enquiries.stated_conference_date
            when enquiries.outcome_code not in ({{ parameter('CPR04', 'outcome', 'text') }}, 'unknown')
                then coalesce(enquiries.enquiry_end_date, enquiries.strategy_date)
        end as done_date,
        null::timestamp with time zone as due_at,
        working_days.calendar_date as due_date,
        strategy_days.working_day_number as started_number,
        null::text as delay_reason
    from enquiry_facts as enquiries
    left join children
        on enquiries.authority_code = children.authority_code and enquiries.child_key = children.child_key
    left join dates as strategy_days on enquiries.strategy_date = strategy_days.calendar_date
    left join working_days
        on
            strategy_days.working_day_number + {{ parameter('CPR04', 'limit_working_days') }}
            = working_days.working_day_number
    left join holders
        on enquiries.authority_code = holders.authority_code and enquiries.child_key = holders.child_key
    where children.exclusion_reason is null
),

-- a child who declined is interviewed no more; the indicator goes on counting the episode as not in time
interviews as (
    select
        'INTERVIEW' as clock_code,
        episodes.authority_code,
        episodes.record_key,
        episodes.child_key,
        episodes.record_key as subject_key,
        holders.team_key,
        holders.worker_key,
        true as is_held_by_the_child,
        episodes.returned_date as started_date,
        episodes.returned_at as started_at,
        {{ local_date('episodes.interview_completed_at') }} as done_date,
        episodes.returned_at + make_interval(hours => {{ parameter('MIS02', 'limit_hours') }}) as due_at,
        null::date as due_date,
        null::integer as started_number,
        null::text as delay_reason
    from returned_episodes as episodes
    left join holders
        on episodes.authority_code = holders.authority_code and episodes.child_key = holders.child_key
    where
        not coalesce(episodes.interview_offered_code = 'Y' and episodes.interview_accepted_code = 'N', false)
        or episodes.interview_completed_at is not null
),

plans as (
    select
        'PLAN' as clock_code,
        plan_facts.authority_code,
        plan_facts.record_key,
        plan_facts.child_key,
        plan_facts.record_key as subject_key,
        plan_facts.team_key,
        plan_facts.worker_key,
        false as is_held_by_the_child,
        plan_facts.start_date as started_date,
        null::timestamp with time zone as started_at,
        plan_facts.end_date as done_date,
        null::timestamp with time zone as due_at,
        null::date as due_date,
        null::integer as started_number,
        null::text as delay_reason
    from plan_facts
    left join children
        on plan_facts.authority_code = children.authority_code and plan_facts.child_key = children.child_key
    where children.exclusion_reason is null
),

work as (
    select * from contacts
    union all
    select * from assessments
    union all
    select * from reviews
    union all
    select * from conferences
    union all
    select * from interviews
    union all
    select * from plans
),

limits as (
    select
        'ASSESSMENT' as clock_code,
        {{ parameter('ASM06', 'limit_working_days') }} as limit_working_days
    union all
    select
        'CONFERENCE' as clock_code,
        {{ parameter('CPR04', 'limit_working_days') }} as limit_working_days
),

looked_at as (
    select
        work.*,
        days.as_at_date,
        coalesce(work.due_date, {{ local_date('work.due_at') }}) as due_day,
        days.as_at_number,
        {{ is_open_on('work.started_date', 'work.done_date', 'days.as_at_date') }} as is_open,
        {{ is_open_on('work.started_date', 'work.done_date', 'days.before_date') }} as was_open_week_before,
        case
            when work.clock_code = 'PLAN' then false
            when work.due_at is not null then work.due_at <= days.as_at_end_at
            when work.clock_code like 'REVIEW%' then work.due_date <= days.as_at_date
            else days.as_at_number - work.started_number > limits.limit_working_days
        end as is_past_due,
        case
            when work.clock_code = 'PLAN' then false
            when work.due_at is not null then work.due_at <= days.before_end_at
            when work.clock_code like 'REVIEW%' then work.due_date <= days.before_date
            else days.before_number - work.started_number > limits.limit_working_days
        end as was_past_due
    from work
    inner join days on work.authority_code = days.authority_code
    left join limits on work.clock_code = limits.clock_code
    where
        {{ is_open_on('work.started_date', 'work.done_date', 'days.as_at_date') }}
        or {{ is_open_on('work.started_date', 'work.done_date', 'days.before_date') }}
)

select
    looked_at.authority_code,
    looked_at.clock_code,
    looked_at.record_key,
    looked_at.child_key,
    looked_at.subject_key,
    coalesce(looked_at.team_key, 'unknown') as team_key,
    coalesce(looked_at.worker_key, 'unknown') as worker_key,
    looked_at.is_held_by_the_child,
    looked_at.as_at_date,
    looked_at.started_date,
    looked_at.started_at,
    looked_at.due_day as due_date,
    looked_at.due_at,
    looked_at.done_date,
    looked_at.as_at_number - looked_at.started_number as working_days_used,
    due_days.working_day_number - looked_at.as_at_number as working_days_left,
    looked_at.delay_reason,
    looked_at.is_open,
    looked_at.is_open and looked_at.is_past_due as is_late,
    looked_at.was_open_week_before,
    looked_at.was_open_week_before and looked_at.was_past_due as was_late_week_before
from looked_at
left join dates as due_days on looked_at.due_day = due_days.calendar_date
