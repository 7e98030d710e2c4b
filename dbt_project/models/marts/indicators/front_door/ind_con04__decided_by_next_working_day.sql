with contacts as (
    select * from {{ ref('int_contacts_counted') }}
),

authorities as (
    select * from {{ ref('dim_authorities') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
),

working_days as (
    select * from dates
    where is_working_day
),

judged as (
    select
        contacts.*,
        {{ parameter('CON04', 'limit_working_days') }} as limit_working_days,
        as_at_days.working_day_number - contacts.received_working_day_number as working_days_to_as_at,
        working_days.calendar_date as due_date
    from contacts
    inner join authorities on contacts.authority_code = authorities.authority_code
    inner join dates as as_at_days on authorities.as_at_date = as_at_days.calendar_date
    left join working_days
        on
            contacts.received_working_day_number + {{ parameter('CON04', 'limit_working_days') }}
            = working_days.working_day_number
),

reasoned as (
    select
        *,
        case
            when exclusion_reason is not null then exclusion_reason
            when decision_exclusion_reason is not null then decision_exclusion_reason
            when decided_at is null and working_days_to_as_at < limit_working_days then 'not yet due'
        end as reason
    from judged
)

select
    'CON04' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    counting_date as counting_from_date,
    counting_date as counting_to_date,
    null::date as numerator_date,
    reason is null as is_in_denominator,
    reason is null and coalesce(working_days_to_decision <= limit_working_days, false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    reason as exclusion_reason,
    received_evidence || ', ' || decided_evidence
    || coalesce(
        ': '
        || working_days_to_decision
        || case working_days_to_decision when 1 then ' working day' else ' working days' end,
        ''
    )
    || ', limit ' || limit_working_days as evidence,
    due_date
from reasoned
