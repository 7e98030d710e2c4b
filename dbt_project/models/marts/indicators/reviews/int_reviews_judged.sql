-- A review that the plan did not live to see is in no term; one that was never held stays a miss.

with reviews as (
    select * from {{ ref('fct_reviews_due') }}
),

children as (
    select * from {{ ref('dim_children') }}
)

select
    reviews.authority_code,
    reviews.record_key,
    reviews.child_key,
    reviews.clock_code,
    reviews.due_date,
    reviews.is_held_in_time,
    case
        when children.exclusion_reason is not null then children.exclusion_reason
        when not reviews.is_open_on_due_date and reviews.review_kind = 'LAC'
            then 'the child was no longer looked after on the due day'
        when not reviews.is_open_on_due_date then 'the plan had ended by the due day'
    end as exclusion_reason,
    case reviews.review_kind
        when 'CASP' then 'care and support plan from '
        when 'CP' then 'child protection plan from '
        else 'looked after from '
    end
    || {{ spoken_date('reviews.subject_start_date') }}
    || coalesce(' to ' || {{ spoken_date('reviews.subject_end_date') }}, '')
    || ': review ' || reviews.review_number || ' was due by ' || {{ spoken_date('reviews.due_date') }} || ', '
    || coalesce(reviews.interval_working_days || ' working days', reviews.interval_months || ' months')
    || case
        when reviews.review_number = 1 then ' after the start'
        else ' after the review of ' || {{ spoken_date('reviews.runs_from_date') }}
    end
    || case
        when reviews.held_date is null then '; not held'
        when reviews.is_held_in_time then '; held ' || {{ spoken_date('reviews.held_date') }} || ', in time'
        else
            '; held ' || {{ spoken_date('reviews.held_date') }} || ', ' || (reviews.held_date - reviews.due_date)
            || case reviews.held_date - reviews.due_date when 1 then ' day late' else ' days late' end
    end as evidence
from reviews
left join children on reviews.authority_code = children.authority_code and reviews.child_key = children.child_key
