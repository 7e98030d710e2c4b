-- Any earlier registration counts as one, a temporary one, a transfer in and one that runs backwards too; the day on
-- which it began need not be known, nor lie in the calendar.

with registrations as (
    select * from {{ ref('int_registrations_judged') }}
    where registered_date is not null
),

previous as (
    select * from {{ ref('fct_registrations') }}
    where not is_deleted and not is_still_to_come and {{ in_calendar('deregistered_date') }}
),

earlier as (
    select
        registrations.authority_code,
        registrations.record_key,
        max(previous.deregistered_date) as previous_deregistered_date
    from registrations
    inner join previous
        on
            registrations.authority_code = previous.authority_code
            and registrations.child_key = previous.child_key
            and registrations.record_key <> previous.record_key
    where
        previous.deregistered_date <= registrations.registered_date
        and (
            previous.registered_date is null
            or not ({{ in_calendar('previous.registered_date') }})
            or previous.registered_date < registrations.registered_date
            -- of two on one day, the one that had ended by then is the earlier; of two ended, the one recorded first
            or (
                previous.registered_date = registrations.registered_date
                and (
                    registrations.deregistered_date is distinct from registrations.registered_date
                    or previous.recorded_at < registrations.recorded_at
                )
            )
        )
    group by registrations.authority_code, registrations.record_key
)

select
    'PM27' as indicator_code,
    registrations.authority_code,
    registrations.record_key,
    registrations.child_key,
    registrations.record_key as count_key,
    registrations.registered_date as counting_from_date,
    registrations.registered_date as counting_to_date,
    null::date as numerator_date,
    registrations.registration_exclusion_reason is null as is_in_denominator,
    registrations.registration_exclusion_reason is null
    and coalesce(
        {{ add_months('earlier.previous_deregistered_date', parameter('PM27', 'look_back_months')) }}
        > registrations.registered_date,
        false
    ) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    registrations.registration_exclusion_reason as exclusion_reason,
    'registered ' || {{ spoken_date('registrations.registered_date') }}
    || coalesce(
        ', an earlier registration ended ' || {{ spoken_date('earlier.previous_deregistered_date') }},
        ', no earlier registration known'
    ) as evidence,
    null::date as due_date
from registrations
left join earlier
    on registrations.authority_code = earlier.authority_code and registrations.record_key = earlier.record_key
