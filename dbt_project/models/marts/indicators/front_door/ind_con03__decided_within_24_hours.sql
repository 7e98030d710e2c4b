with contacts as (
    select * from {{ ref('int_contacts_counted') }}
),

authorities as (
    select * from {{ ref('dim_authorities') }}
),

judged as (
    select
        contacts.*,
        {{ parameter('CON03', 'limit_hours') }} as limit_hours,
        contacts.received_at + make_interval(hours => {{ parameter('CON03', 'limit_hours') }}) as due_at,
        authorities.as_at_end_at
    from contacts
    inner join authorities on contacts.authority_code = authorities.authority_code
),

reasoned as (
    select
        *,
        case
            when exclusion_reason is not null then exclusion_reason
            when decision_exclusion_reason is not null then decision_exclusion_reason
            -- received exactly the limit before the end of the as-at day is due
            when decided_at is null and due_at > as_at_end_at then 'not yet due'
        end as reason
    from judged
)

select
    'CON03' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    counting_date as counting_from_date,
    counting_date as counting_to_date,
    null::date as numerator_date,
    reason is null as is_in_denominator,
    reason is null and coalesce(decided_at <= due_at, false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    reason as exclusion_reason,
    received_evidence || ', ' || decided_evidence
    || coalesce(': ' || {{ spoken_hours('hours_to_decision') }}, '') || ', limit ' || limit_hours || ' h' as evidence,
    {{ local_date('due_at') }} as due_date
from reasoned
