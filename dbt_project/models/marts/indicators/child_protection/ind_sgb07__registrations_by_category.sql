with registrations as (
    select * from {{ ref('int_registrations_judged') }}
    where registered_date is not null
)

select
    'SGB07' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    registered_date as counting_from_date,
    registered_date as counting_to_date,
    null::date as numerator_date,
    registration_exclusion_reason is null as is_in_denominator,
    registration_exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('category', category_code) as breakdowns,
    registration_exclusion_reason as exclusion_reason,
    'registered ' || {{ spoken_date('registered_date') }}
    || ', category ' || coalesce(category_code, 'none') as evidence,
    null::date as due_date
from registrations
