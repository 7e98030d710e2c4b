with contacts as (
    select * from {{ ref('int_contacts_counted') }}
    where exclusion_reason is null
),

state_days as (
    select * from {{ ref('dim_state_days') }}
),

last_days as (
    select
        state_days.authority_code,
        max(state_days.state_date) as last_date
    from state_days
    group by state_days.authority_code
),

-- one row per contact and day on which it stood without a decision
open_on_days as (
    select
        contacts.*,
        state_days.state_date
    from contacts
    inner join last_days on contacts.authority_code = last_days.authority_code
    cross join
        lateral {{ months_touched('contacts.received_date', 'coalesce(contacts.decided_date, last_days.last_date)') }}
            as month_start
    inner join state_days
        on
            contacts.authority_code = state_days.authority_code
            and {{ month_of('state_days.state_date') }} = month_start
            and contacts.received_date <= state_days.state_date
            and (contacts.decided_date is null or contacts.decided_date > state_days.state_date)
    where
        contacts.decision_exclusion_reason is null
        and (contacts.decided_date is null or contacts.decided_date > contacts.received_date)
),

-- a decision that cannot be the contact's own leaves it out on every day, which is said once
not_counted as (
    select * from contacts
    where decision_exclusion_reason is not null
)

select
    'CON08' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    state_date as counting_from_date,
    state_date as counting_to_date,
    null::date as numerator_date,
    true as is_in_denominator,
    true as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('team', team_name) as breakdowns,
    null::text as exclusion_reason,
    received_evidence || ', without a decision at the end of ' || {{ spoken_date('state_date') }}
    || case when decided_at is null then '' else ', later ' || decided_evidence end as evidence,
    null::date as due_date
from open_on_days

union all

select
    'CON08' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    received_date as counting_from_date,
    received_date as counting_to_date,
    null::date as numerator_date,
    false as is_in_denominator,
    false as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    decision_exclusion_reason as exclusion_reason,
    received_evidence || ', ' || decided_evidence as evidence,
    null::date as due_date
from not_counted
