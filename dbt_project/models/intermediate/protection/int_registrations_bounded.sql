-- a registration that ends before it began still counts where only its beginning or only its end matters
select
    registrations.authority_code,
    registrations.canonical_record_id,
    registrations.record_key,
    registrations.child_key,
    registrations.source_name,
    registrations.recorded_at,
    registrations.registered_date,
    {{ fresh_end('registrations.deregistered_date', 'registrations.fresh_until_date') }} as deregistered_date,
    registrations.category_code,
    coalesce(registrations.transfer_in_code = 'Y', false) as is_transfer_in,
    coalesce(registrations.temporary_code = 'Y', false) as is_temporary,
    coalesce(registrations.deregistered_date < registrations.registered_date, false) as is_backwards,
    registrations.is_void as is_deleted,
    coalesce(
        {{ in_calendar('registrations.registered_date') }}
        and registrations.registered_date > registrations.fresh_until_date,
        false
    ) as is_still_to_come,
    case
        when registrations.is_void then 'the registration was deleted in the case system'
        else {{ span_exclusion(
            'registrations.registered_date', 'registrations.deregistered_date', 'registrations.fresh_until_date',
            'the registration', allow_backwards=true
        ) }}
    end as exclusion_reason
from {{ ref('int_registrations_conformed') }} as registrations
