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
    {{ iso_date('landed.moved_on') }} as move_date,
    {{ decoded('school_move_reasons', 'landed.reason') }} as reason_code
from {{ as_at_rows('cofnod', 'school_moves') }}
{{ decode_join('school_move_reasons', 'cofnod', 'school_move_reason', 'landed.reason') }}
where {{ code_text('landed.change') }} is distinct from 'DELETE'
