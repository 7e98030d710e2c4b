-- A decision after the day that its source last delivered has not happened yet.
with contacts as (
    select
        *,
        {{ local_date('received_at') }} as received_date,
        case when {{ local_date('decided_at') }} <= fresh_until_date then decided_at end as known_decided_at
    from {{ ref('int_contacts_conformed') }}
)

select
    contacts.authority_code,
    contacts.record_key,
    contacts.child_key,
    contacts.source_name,
    contacts.received_at,
    contacts.received_date,
    contacts.known_decided_at as decided_at,
    {{ local_date('contacts.known_decided_at') }} as decided_date,
    round(extract(epoch from contacts.known_decided_at - contacts.received_at) / 3600, 4) as hours_to_decision,
    decided_days.working_day_number - received_days.working_day_number as working_days_to_decision,
    received_days.working_day_number as received_working_day_number,
    contacts.source_code,
    contacts.outcome_code,
    {{ spelled('spellings', 'contacts.team_name') }} as team_name,
    contacts.placing_authority_code,
    coalesce(contacts.placing_authority_code <> contacts.authority_code, false) as is_placed_by_another_authority,
    contacts.recorded_at,
    contacts.fresh_until_date,
    case
        when contacts.is_void then 'void or deleted in the case system'
        when contacts.received_at is null then 'no received time'
        when received_days.calendar_date is null then 'received outside the years 1990 to 2040'
        when contacts.received_date > contacts.fresh_until_date
            then 'received after the day its source last delivered'
    end as exclusion_reason,
    case
        when contacts.known_decided_at < contacts.received_at then 'decided before it was received'
        when contacts.known_decided_at is not null and decided_days.calendar_date is null
            then 'decided outside the years 1990 to 2040'
    end as decision_exclusion_reason,
    contacts.delivery_id,
    contacts.record_number,
    {{ event_day('contacts.received_date') }} as event_date,
    {{ age_band_on(event_day('contacts.received_date')) }} as age_band,
    {{ dimension_key('contacts.source_code') }} as contact_source_key,
    {{ dimension_key('contacts.outcome_code') }} as contact_outcome_key,
    {{ dimension_key(spelled('spellings', 'contacts.team_name')) }} as team_key,
    {{ worker_key('contacts.worker_id') }} as worker_key
from contacts
left join {{ ref('int_dates') }} as received_days on contacts.received_date = received_days.calendar_date
left join {{ ref('int_dates') }} as decided_days
    on {{ local_date('contacts.known_decided_at') }} = decided_days.calendar_date
{{ spelling_join('spellings', 'team', 'contacts.team_name') }}
{{ child_attributes_join('contacts') }}
{{ salt_join('contacts.authority_code') }}
