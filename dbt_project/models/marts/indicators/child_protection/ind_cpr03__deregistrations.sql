-- Only the day of deregistration matters here, not how or as what the registration began, nor when, unless it has not
-- begun yet.

select
    'CPR03' as indicator_code,
    registrations.authority_code,
    registrations.record_key,
    registrations.child_key,
    registrations.record_key as count_key,
    registrations.deregistered_date as counting_from_date,
    registrations.deregistered_date as counting_to_date,
    null::date as numerator_date,
    registrations.counting_exclusion_reason is null as is_in_denominator,
    registrations.counting_exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    registrations.counting_exclusion_reason as exclusion_reason,
    coalesce('registered ' || {{ spoken_date('registrations.registered_date') }}, 'no day of registration')
    || ', deregistered ' || {{ spoken_date('registrations.deregistered_date') }} as evidence,
    null::date as due_date
from ({{ ended_registrations() }}) as registrations
