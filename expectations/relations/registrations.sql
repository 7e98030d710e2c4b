-- One row per registration that is open or ended in the last twelve months and was not withdrawn.
with protected as (
    select distinct
        plans.authority_code,
        plans.child_key
    from marts_candidate.fct_plans as plans
    where plans.plan_type_code = 'CP' and plans.exclusion_reason is null and plans.end_date is null
),

conferences as (
    select distinct
        registrations.authority_code,
        registrations.record_key
    from marts_candidate.fct_registrations as registrations
    inner join marts_candidate.fct_section_47s as enquiries
        on
            registrations.authority_code = enquiries.authority_code
            and registrations.child_key = enquiries.child_key
            and enquiries.conference_date
            between registrations.registered_date - 31 and registrations.registered_date + 7
)

select
    registrations.authority_code,
    registrations.record_key,
    registrations.child_key,
    null::text as team_name,
    registrations.registered_date,
    registrations.deregistered_date,
    registrations.category_code,
    registrations.is_transfer_in,
    registrations.is_temporary,
    registrations.is_backwards,
    registrations.deregistered_date is null as is_open,
    context.as_at_date,
    attributes.date_of_birth,
    attributes.is_own_responsibility,
    lead(registrations.registered_date) over starts as next_registered_date,
    protected.child_key is not null as has_protection_plan,
    conferences.record_key is not null as has_conference
from marts_candidate.fct_registrations as registrations
inner join staging.run_context as context on registrations.authority_code = context.authority_code
left join protected
    on registrations.authority_code = protected.authority_code and registrations.child_key = protected.child_key
left join conferences
    on
        registrations.authority_code = conferences.authority_code
        and registrations.record_key = conferences.record_key
left join intermediate.int_child_attributes as attributes
    on registrations.authority_code = attributes.authority_code and registrations.child_key = attributes.child_key
where
    coalesce(registrations.exclusion_reason, '') not like '%deleted%'
    and (
        registrations.deregistered_date is null
        or greatest(registrations.deregistered_date, registrations.registered_date)
        > context.as_at_date - interval '12 months'
    )
window starts as (
    partition by registrations.authority_code, registrations.child_key
    order by registrations.registered_date, registrations.record_key
)
