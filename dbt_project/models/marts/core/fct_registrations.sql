select
    registrations.authority_code,
    registrations.record_key,
    registrations.child_key,
    registrations.source_name,
    registrations.registered_date,
    registrations.deregistered_date,
    registrations.category_code,
    registrations.is_transfer_in,
    registrations.is_temporary,
    registrations.is_backwards,
    registrations.is_deleted,
    registrations.is_still_to_come,
    registrations.recorded_at,
    registrations.exclusion_reason,
    {{ event_day('registrations.registered_date') }} as event_date,
    {{ age_band_on(event_day('registrations.registered_date')) }} as age_band,
    {{ dimension_key('registrations.category_code') }} as abuse_category_key
from {{ ref('int_registrations_bounded') }} as registrations
{{ child_attributes_join('registrations') }}
