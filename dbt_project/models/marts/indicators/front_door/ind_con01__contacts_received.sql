with contacts as (
    select * from {{ ref('int_contacts_counted') }}
),

children as (
    select * from {{ ref('dim_children') }}
)

select
    'CON01' as indicator_code,
    contacts.authority_code,
    contacts.record_key,
    contacts.child_key,
    contacts.record_key as count_key,
    contacts.counting_date as counting_from_date,
    contacts.counting_date as counting_to_date,
    null::date as numerator_date,
    contacts.exclusion_reason is null as is_in_denominator,
    contacts.exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object(
        'source', contacts.source_code,
        'outcome', contacts.outcome_code,
        'team', contacts.team_name,
        'ethnicity_group', children.ethnicity_group,
        'language', children.language_code,
        'disability', children.disability_code
    ) as breakdowns,
    contacts.exclusion_reason,
    contacts.received_evidence || ', source ' || coalesce(contacts.source_code, 'unknown') as evidence,
    null::date as due_date
from contacts
left join children on contacts.authority_code = children.authority_code and contacts.child_key = children.child_key
