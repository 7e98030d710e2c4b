with care_periods as (
    select * from {{ ref('int_care_periods_judged') }}
),

dentist_visits as (
    select * from {{ ref('fct_health_events') }}
    where exclusion_reason is null and kind_code = 'DENTIST'
),

periods as (
    select * from {{ ref('dim_periods') }}
),

due as (
    select
        *,
        {{ add_months('start_date', parameter('PM30', 'limit_months')) }} as due_date
    from care_periods
),

as_at_days as (
    select
        periods.authority_code,
        max(periods.as_at_date) as as_at_date
    from periods
    group by periods.authority_code
),

seen as (
    select
        due.authority_code,
        due.record_key,
        min(dentist_visits.event_date) as seen_date
    from due
    inner join dentist_visits
        on
            due.authority_code = dentist_visits.authority_code
            and due.child_key = dentist_visits.child_key
            and dentist_visits.event_date between due.start_date and due.due_date
    group by due.authority_code, due.record_key
),

judged as (
    select
        due.*,
        seen.seen_date,
        case
            when due.exclusion_reason is not null then due.exclusion_reason
            when due.end_date <= due.due_date then 'no longer looked after on the due day'
        end as due_exclusion_reason
    from due
    inner join as_at_days
        on due.authority_code = as_at_days.authority_code and due.due_date <= as_at_days.as_at_date
    left join seen on due.authority_code = seen.authority_code and due.record_key = seen.record_key
)

select
    'PM30' as indicator_code,
    judged.authority_code,
    judged.record_key,
    judged.child_key,
    judged.record_key as count_key,
    judged.due_date as counting_from_date,
    judged.due_date as counting_to_date,
    null::date as numerator_date,
    judged.due_exclusion_reason is null as is_in_denominator,
    judged.due_exclusion_reason is null and judged.seen_date is not null as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    judged.due_exclusion_reason as exclusion_reason,
    'looked after from ' || {{ spoken_date('judged.start_date') }}
    || coalesce(' to ' || {{ spoken_date('judged.end_date') }}, '')
    || ', dentist due by ' || {{ spoken_date('judged.due_date') }}
    || coalesce(', seen ' || {{ spoken_date('judged.seen_date') }}, ', not seen by then') as evidence,
    judged.due_date
from judged
