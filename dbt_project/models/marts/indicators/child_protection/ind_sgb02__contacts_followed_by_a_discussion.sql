-- No system links a contact to a strategy discussion: what follows is told by the child and the days between. Whose
-- child it is does not matter here, as it does not for contacts. A contact counts once its days have passed, also where
-- a discussion came sooner: else the newest contacts would be those alone that were followed.

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

discussions as (
    select
        enquiries.authority_code,
        enquiries.child_key,
        enquiries.strategy_date,
        dates.working_day_number
    from {{ ref('fct_section_47s') }} as enquiries
    inner join dates on enquiries.strategy_date = dates.calendar_date
    where enquiries.exclusion_reason is null
),

following as (
    select
        contacts.authority_code,
        contacts.record_key,
        min(discussions.strategy_date) as strategy_date
    from contacts
    inner join discussions
        on
            contacts.authority_code = discussions.authority_code
            and contacts.child_key = discussions.child_key
            and contacts.received_date <= discussions.strategy_date
            and contacts.received_working_day_number
            >= discussions.working_day_number - {{ parameter('SGB02', 'limit_working_days') }}
    group by contacts.authority_code, contacts.record_key
),

judged as (
    select
        contacts.*,
        following.strategy_date,
        {{ parameter('SGB02', 'limit_working_days') }} as limit_working_days,
        as_at_days.working_day_number - contacts.received_working_day_number as working_days_to_as_at,
        working_days.calendar_date as due_date
    from contacts
    inner join authorities on contacts.authority_code = authorities.authority_code
    inner join dates as as_at_days on authorities.as_at_date = as_at_days.calendar_date
    left join following
        on contacts.authority_code = following.authority_code and contacts.record_key = following.record_key
    left join working_days
        on
            contacts.received_working_day_number + {{ parameter('SGB02', 'limit_working_days') }}
            = working_days.working_day_number
),

reasoned as (
    select
        *,
        case
            when exclusion_reason is not null then exclusion_reason
            when working_days_to_as_at < limit_working_days then 'not yet due'
        end as reason
    from judged
)

select
    'SGB02' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    counting_date as counting_from_date,
    counting_date as counting_to_date,
    null::date as numerator_date,
    reason is null as is_in_denominator,
    reason is null and strategy_date is not null as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    reason as exclusion_reason,
    received_evidence
    || coalesce(
        ', strategy discussion about the child ' || {{ spoken_date('strategy_date') }},
        ', no strategy discussion about the child by working day ' || limit_working_days
    ) as evidence,
    due_date
from reasoned
