-- One row per child protection enquiry of the last twelve months that was not withdrawn.
with registered_then as (
    select distinct
        enquiries.authority_code,
        enquiries.record_key
    from marts_candidate.fct_section_47s as enquiries
    inner join marts_candidate.fct_registrations as registrations
        on
            enquiries.authority_code = registrations.authority_code
            and enquiries.child_key = registrations.child_key
            and registrations.registered_date
            between enquiries.conference_date - 7 and enquiries.conference_date + 14
)

select
    enquiries.authority_code,
    enquiries.record_key,
    enquiries.child_key,
    null::text as team_name,
    enquiries.strategy_date,
    enquiries.enquiry_end_date,
    enquiries.outcome_code,
    enquiries.conference_date,
    enquiries.conference_outcome_code,
    context.as_at_date,
    registered_then.record_key is not null as is_registered_then
from marts_candidate.fct_section_47s as enquiries
inner join staging.run_context as context on enquiries.authority_code = context.authority_code
left join registered_then
    on
        enquiries.authority_code = registered_then.authority_code
        and enquiries.record_key = registered_then.record_key
where
    coalesce(enquiries.exclusion_reason, '') not like '%deleted%'
    and coalesce(enquiries.strategy_date, enquiries.conference_date, enquiries.enquiry_end_date)
    > context.as_at_date - interval '12 months'
