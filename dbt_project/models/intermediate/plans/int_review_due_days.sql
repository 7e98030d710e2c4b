-- Each review that was held sets the next due day, and each due day is answered by the next review, early or late. So
-- the nth due day follows from the (n-1)th review held, and one that is never held stays one miss.

with clocks as (
    select
        clock.clock_code,
        clock.review_kind,
        clock.first_working_days,
        clock.first_months,
        clock.second_months,
        clock.next_months
    from (
        values
        (
            'CASP', 'CASP', null::integer,
            {{ parameter('REV02', 'casp_first_review_months') }},
            {{ parameter('REV02', 'casp_next_review_months') }},
            {{ parameter('REV02', 'casp_next_review_months') }}
        ),
        (
            'CASP_LOCAL', 'CASP', null::integer,
            {{ parameter('REV05', 'casp_first_review_months') }},
            {{ parameter('REV05', 'casp_next_review_months') }},
            {{ parameter('REV05', 'casp_next_review_months') }}
        ),
        (
            'LAC', 'LAC', {{ parameter('REV03', 'lac_first_review_working_days') }},
            null::integer,
            {{ parameter('REV03', 'lac_second_review_months') }},
            {{ parameter('REV03', 'lac_next_review_months') }}
        ),
        (
            'CP', 'CP', null::integer,
            {{ parameter('REV04', 'cp_first_review_months') }},
            {{ parameter('REV04', 'cp_next_review_months') }},
            {{ parameter('REV04', 'cp_next_review_months') }}
        )
    ) as clock (clock_code, review_kind, first_working_days, first_months, second_months, next_months)
),

reviewed as (
    select
        plans.authority_code,
        plans.record_key as subject_key,
        plans.record_key as reviews_belong_to_key,
        plans.child_key,
        plans.plan_type_code as review_kind,
        plans.team_code,
        plans.start_date,
        plans.end_date
    from {{ ref('int_plans_bounded') }} as plans
    where plans.exclusion_reason is null and plans.plan_type_code in ('CASP', 'CP')
    union all
    select
        care_periods.authority_code,
        care_periods.record_key as subject_key,
        care_periods.child_key as reviews_belong_to_key,
        care_periods.child_key,
        'LAC' as review_kind,
        null as team_code,
        care_periods.start_date,
        care_periods.end_date
    from {{ ref('int_care_periods_built') }} as care_periods
    where care_periods.exclusion_reason is null
),

-- a review of a looked-after child belongs to the child's period of care in which it was held, both ends included
reviews as (
    select
        held_reviews.*,
        case held_reviews.plan_type_code
            when 'LAC' then held_reviews.child_key
            else held_reviews.plan_key
        end as belongs_to_key
    from {{ ref('int_reviews_held') }} as held_reviews
),

-- several reviews on one day are one; one held before the start does not count
held as (
    select
        reviewed.authority_code,
        reviewed.subject_key,
        reviews.held_date,
        min(reviews.record_key) as review_key
    from reviewed
    inner join reviews
        on
            reviewed.authority_code = reviews.authority_code
            and reviewed.reviews_belong_to_key = reviews.belongs_to_key
            and reviewed.review_kind = reviews.plan_type_code
            and reviewed.start_date <= reviews.held_date
            and (
                reviewed.review_kind <> 'LAC' or reviewed.end_date is null or reviewed.end_date >= reviews.held_date
            )
    group by reviewed.authority_code, reviewed.subject_key, reviews.held_date
),

steps as (
    select
        reviewed.authority_code,
        reviewed.subject_key,
        0 as step,
        reviewed.start_date as step_date,
        null::text as review_key
    from reviewed
    union all
    select
        held.authority_code,
        held.subject_key,
        row_number() over (partition by held.authority_code, held.subject_key order by held.held_date)::integer as step,
        held.held_date as step_date,
        held.review_key
    from held
),

answered as (
    select
        steps.*,
        lead(steps.step_date) over step_order as held_date,
        lead(steps.review_key) over step_order as held_review_key
    from steps
    window step_order as (partition by steps.authority_code, steps.subject_key order by steps.step)
),

due as (
    select
        answered.authority_code,
        answered.subject_key,
        answered.step + 1 as review_number,
        answered.step_date as runs_from_date,
        answered.held_date,
        answered.held_review_key as review_key,
        reviewed.child_key,
        reviewed.review_kind,
        reviewed.team_code,
        reviewed.start_date as subject_start_date,
        reviewed.end_date as subject_end_date,
        clocks.clock_code,
        case when answered.step = 0 then clocks.first_working_days end as interval_working_days,
        case answered.step
            when 0 then clocks.first_months
            when 1 then clocks.second_months
            else clocks.next_months
        end as interval_months
    from answered
    inner join reviewed
        on answered.authority_code = reviewed.authority_code and answered.subject_key = reviewed.subject_key
    inner join clocks on reviewed.review_kind = clocks.review_kind
),

dated as (
    select
        due.*,
        case
            when due.interval_working_days is not null then due_days.calendar_date
            else {{ add_months('due.runs_from_date', 'due.interval_months') }}
        end as due_date
    from due
    left join {{ ref('int_dates') }} as from_days on due.runs_from_date = from_days.calendar_date
    left join {{ ref('int_dates') }} as due_days
        on
            from_days.working_day_number + due.interval_working_days = due_days.working_day_number
            and due_days.is_working_day
)

select
    dated.authority_code,
    {{ derived_key('review due', 'dated.subject_key', "dated.clock_code || '|' || dated.review_number") }}
        as record_key,
    dated.child_key,
    dated.subject_key,
    dated.clock_code,
    dated.review_kind,
    dated.team_code,
    dated.review_number,
    dated.runs_from_date,
    dated.interval_working_days,
    dated.interval_months,
    dated.due_date,
    dated.held_date,
    dated.review_key,
    dated.subject_start_date,
    dated.subject_end_date,
    coalesce(dated.held_date <= dated.due_date, false) as is_held_in_time,
    dated.subject_end_date is null or dated.due_date < dated.subject_end_date as is_open_on_due_date
from dated
