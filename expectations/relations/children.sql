-- One row per child with a contact in the last twelve months, or with a plan that is open.
with active as (
    select
        contacts.authority_code,
        contacts.child_key
    from marts_candidate.fct_contacts as contacts
    inner join staging.run_context as context on contacts.authority_code = context.authority_code
    where contacts.received_date > context.as_at_date - interval '12 months'
    union
    select
        plans.authority_code,
        plans.child_key
    from marts_candidate.fct_plans as plans
    where plans.exclusion_reason is null and plans.end_date is null
)

select
    attributes.authority_code,
    attributes.child_key as record_key,
    attributes.child_key,
    null::text as team_name,
    attributes.is_known,
    attributes.date_of_birth,
    attributes.expected_birth_date,
    attributes.death_date,
    attributes.sex_code,
    attributes.family_id is not null as has_family,
    context.as_at_date
from intermediate.int_child_attributes as attributes
inner join staging.run_context as context on attributes.authority_code = context.authority_code
inner join active
    on attributes.authority_code = active.authority_code and attributes.child_key = active.child_key
