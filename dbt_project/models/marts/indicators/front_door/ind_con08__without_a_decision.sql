with contacts as (
    {{ counted_contacts() }}
),

last_days as (
    select
        authority_code,
        max(state_date) as last_date
    from {{ ref('dim_state_days') }}
    group by authority_code
)

-- one row per contact and day on which it stood without a decision
select
    'CON08' as indicator_code,
    contacts.authority_code,
    contacts.record_key,
    contacts.child_key,
    contacts.record_key as count_key,
    days.state_date as counting_from_date,
    days.state_date as counting_to_date,
    null::date as numerator_date,
    true as is_in_denominator,
    true as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('team', contacts.team_name) as breakdowns,
    null::text as exclusion_reason,
    contacts.received_evidence || ', without a decision at the end of ' || {{ spoken_date('days.state_date') }}
    || coalesce(', later ' || case when contacts.decided_at is not null then contacts.decided_evidence end, '')
        as evidence,
    null::date as due_date
from contacts
inner join last_days on contacts.authority_code = last_days.authority_code
cross join
    lateral {{ months_touched('contacts.received_date', 'coalesce(contacts.decided_date, last_days.last_date)') }}
        as month_start
inner join {{ ref('dim_state_days') }} as days
    on
        contacts.authority_code = days.authority_code
        and {{ month_of('days.state_date') }} = month_start
        and contacts.received_date <= days.state_date
        and (contacts.decided_date is null or contacts.decided_date > days.state_date)
where
    contacts.exclusion_reason is null
    and contacts.decision_exclusion_reason is null
    and (contacts.decided_date is null or contacts.decided_date > contacts.received_date)

union all

-- a decision that cannot be the contact's own leaves it out on every day, which is said once
select
    'CON08' as indicator_code,
    contacts.authority_code,
    contacts.record_key,
    contacts.child_key,
    contacts.record_key as count_key,
    contacts.received_date as counting_from_date,
    contacts.received_date as counting_to_date,
    null::date as numerator_date,
    false as is_in_denominator,
    false as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    contacts.decision_exclusion_reason as exclusion_reason,
    contacts.received_evidence || ', ' || contacts.decided_evidence as evidence,
    null::date as due_date
from contacts
where contacts.exclusion_reason is null and contacts.decision_exclusion_reason is not null
