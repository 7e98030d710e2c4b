-- Only the day of deregistration matters here, not how or as what the registration began, nor when, unless it has not
-- begun yet.

with registrations as (
    select * from {{ ref('int_registrations_judged') }}
    where deregistered_date is not null
)

select
    'CPR03' as indicator_code,
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
    '{}'::jsonb as breakdowns,
    deregistration_exclusion_reason as exclusion_reason,
    coalesce('registered ' || {{ spoken_date('registered_date') }}, 'no day of registration')
    || ', deregistered ' || {{ spoken_date('deregistered_date') }} as evidence,
    null::date as due_date
from registrations
