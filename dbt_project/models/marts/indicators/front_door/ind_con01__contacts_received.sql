with contacts as (
    select * from {{ ref('int_contacts_counted') }}
)

select
    'CON01' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    counting_date as counting_from_date,
    counting_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('source', source_code, 'outcome', outcome_code, 'team', team_name) as breakdowns,
    exclusion_reason,
    received_evidence || ', source ' || coalesce(source_code, 'unknown') as evidence,
    null::date as due_date
from contacts
