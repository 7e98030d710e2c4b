-- One row per contact of the last twelve months that was not withdrawn, with what is known of its child.
select
    contacts.authority_code,
    contacts.record_key,
    contacts.child_key,
    contacts.team_name,
    contacts.received_at,
    contacts.received_date,
    contacts.decided_at,
    contacts.source_code,
    contacts.outcome_code,
    contacts.placing_authority_code,
    contacts.is_placed_by_another_authority,
    contacts.recorded_at,
    contacts.decision_exclusion_reason,
    (contacts.received_at at time zone 'Europe/London')::time as received_time,
    (contacts.decided_at at time zone 'Europe/London')::time as decided_time,
    (contacts.recorded_at at time zone 'Europe/London')::date as recorded_date,
    context.as_at_date,
    systems.live_from_date as system_from_date,
    contacts.source_name,
    coalesce(children.is_known, false) as is_child_known,
    children.is_own_responsibility,
    attributes.date_of_birth,
    attributes.expected_birth_date,
    attributes.death_date,
    count(*) over (
        partition by contacts.authority_code, contacts.child_key, contacts.received_at, contacts.source_code
    ) as alike
from marts_candidate.fct_contacts as contacts
inner join staging.run_context as context on contacts.authority_code = context.authority_code
inner join staging.run_systems as systems
    on contacts.authority_code = systems.authority_code and contacts.source_name = systems.source_name
left join marts_candidate.dim_children as children
    on contacts.authority_code = children.authority_code and contacts.child_key = children.child_key
left join intermediate.int_child_attributes as attributes
    on contacts.authority_code = attributes.authority_code and contacts.child_key = attributes.child_key
where
    contacts.exclusion_reason is null
    and contacts.received_date > context.as_at_date - interval '12 months'
