with registrations as (
    select * from {{ ref('int_registrations_judged') }}
    where deregistered_date is not null
)

select
    'SGB08' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    deregistered_date as counting_from_date,
    deregistered_date as counting_to_date,
    null::date as numerator_date,
    deregistration_exclusion_reason is null as is_in_denominator,
    deregistration_exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('category', category_code) as breakdowns,
    deregistration_exclusion_reason as exclusion_reason,
    'deregistered ' || {{ spoken_date('deregistered_date') }}
    || ', category ' || coalesce(category_code, 'none') as evidence,
    null::date as due_date
from registrations
