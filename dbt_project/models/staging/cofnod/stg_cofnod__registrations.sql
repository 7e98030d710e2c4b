select
    landed.authority_code,
    'cofnod' as source_name,
    {{ guid('landed.id') }} as record_id,
    {{ guid('landed.person_id') }} as child_id,
    false as is_void,
    {{ utc_time('landed.changed_at') }} as modified_at,
    {{ utc_time('landed.created_at') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ guid('landed.enquiry_id') }} as section_47_id,
    {{ iso_date('landed.registered_on') }} as registered_date,
    {{ iso_date('landed.deregistered_on') }} as deregistered_date,
    {{ decoded_members('cofnod', 'abuse_category', 'landed.categories') }} as category_code,
    {{ decoded('transfer_codes', 'landed.is_transfer_in') }} as transfer_in_code,
    {{ decoded('temporary_codes', 'landed.is_temporary') }} as temporary_code
from {{ as_at_rows('cofnod', 'registrations') }}
{{ decode_join('transfer_codes', 'cofnod', 'yes_no', 'landed.is_transfer_in', is_boolean=true) }}
{{ decode_join('temporary_codes', 'cofnod', 'yes_no', 'landed.is_temporary', is_boolean=true) }}
where {{ code_text('landed.change') }} is distinct from 'DELETE'
