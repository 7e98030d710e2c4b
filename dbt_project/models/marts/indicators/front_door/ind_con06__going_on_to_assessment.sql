with contacts as (
    select * from {{ ref('int_contacts_counted') }}
),

reasoned as (
    select
        *,
        case
            when exclusion_reason is not null then exclusion_reason
            when outcome_code is null then 'no outcome recorded'
        end as reason
    from contacts
)

select
    'CON06' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    counting_date as counting_from_date,
    counting_date as counting_to_date,
    null::date as numerator_date,
    reason is null as is_in_denominator,
    reason is null
    and coalesce(outcome_code = {{ parameter('CON06', 'outcome', 'text') }}, false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    reason as exclusion_reason,
    received_evidence || ', outcome ' || coalesce(outcome_code, 'none') as evidence,
    null::date as due_date
from reasoned
