with registrations as (
    select * from {{ ref('int_registrations_judged') }}
    where deregistered_date is not null
),

measured as (
    select
        *,
        case when length_exclusion_reason is null then deregistered_date - registered_date end as days_on_the_register
    from registrations
)

select
    'PM28' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    deregistered_date as counting_from_date,
    deregistered_date as counting_to_date,
    null::date as numerator_date,
    length_exclusion_reason is null as is_in_denominator,
    length_exclusion_reason is null as is_in_numerator,
    days_on_the_register::numeric as amount,
    '{}'::jsonb as breakdowns,
    length_exclusion_reason as exclusion_reason,
    coalesce('registered ' || {{ spoken_date('registered_date') }}, 'no day of registration')
    || ', deregistered ' || {{ spoken_date('deregistered_date') }}
    || coalesce(': ' || days_on_the_register || ' days on the register', '') as evidence,
    null::date as due_date
from measured
