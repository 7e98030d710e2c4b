select
    'PM28' as indicator_code,
    registrations.authority_code,
    registrations.record_key,
    registrations.child_key,
    registrations.record_key as count_key,
    registrations.deregistered_date as counting_from_date,
    registrations.deregistered_date as counting_to_date,
    null::date as numerator_date,
    registrations.length_exclusion_reason is null as is_in_denominator,
    registrations.length_exclusion_reason is null as is_in_numerator,
    case
        when registrations.length_exclusion_reason is null
            then registrations.deregistered_date - registrations.registered_date
    end::numeric as amount,
    '{}'::jsonb as breakdowns,
    registrations.length_exclusion_reason as exclusion_reason,
    coalesce('registered ' || {{ spoken_date('registrations.registered_date') }}, 'no day of registration')
    || ', deregistered ' || {{ spoken_date('registrations.deregistered_date') }}
    || case
        when registrations.length_exclusion_reason is null
            then ': ' || (registrations.deregistered_date - registrations.registered_date) || ' days on the register'
        else ''
    end as evidence,
    null::date as due_date
from ({{ ended_registrations() }}) as registrations
