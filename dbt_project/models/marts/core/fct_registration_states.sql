-- A child with two open registrations is on the register once, by the latest of them; of two that began on one day by
-- the one recorded last, and then by the higher key.

select distinct on (registrations.authority_code, registrations.child_key, state_days.state_date)
    registrations.authority_code,
    registrations.child_key,
    state_days.state_date,
    registrations.record_key as registration_key,
    registrations.registered_date,
    coalesce(registrations.category_code, 'unknown') as category_code,
    {{ child_age_band('attributes.date_of_birth', 'attributes.expected_birth_date', 'state_days.state_date') }}
        as age_band,
    registrations.record_key,
    state_days.state_date as event_date,
    {{ dimension_key('registrations.category_code') }} as abuse_category_key
from {{ ref('int_registrations_bounded') }} as registrations
inner join {{ ref('dim_state_days') }} as state_days
    on
        registrations.authority_code = state_days.authority_code
        and registrations.registered_date <= state_days.state_date
        and (registrations.deregistered_date is null or registrations.deregistered_date > state_days.state_date)
left join {{ ref('int_child_attributes') }} as attributes
    on registrations.authority_code = attributes.authority_code and registrations.child_key = attributes.child_key
where registrations.exclusion_reason is null and not registrations.is_backwards
order by
    registrations.authority_code, registrations.child_key, state_days.state_date,
    registrations.registered_date desc, registrations.recorded_at desc nulls last,
    registrations.canonical_record_id desc
