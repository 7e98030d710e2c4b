with contacts as (
    {{ counted_contacts() }}
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
inner join {{ ref('dim_state_days') }} as days
    on
        contacts.authority_code = days.authority_code
        and contacts.received_date <= days.state_date
        and (contacts.decided_date is null or contacts.decided_date > days.state_date)
where contacts.exclusion_reason is null
