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
    registrations.exclusion_reason
from {{ ref('int_registrations_bounded') }} as registrations
