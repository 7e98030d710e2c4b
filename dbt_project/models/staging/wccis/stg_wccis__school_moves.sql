select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.schoolmoveid') }} as record_id,
    {{ guid('landed.personid') }} as child_id,
    {{ flag('landed.inactive') }} as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ iso_date('landed.movedate') }} as move_date,
    {{ decoded('school_move_reasons', 'landed.reason') }} as reason_code
from {{ as_at_rows('wccis', 'schoolmove') }}
{{ decode_join('school_move_reasons', 'wccis', 'school_move_reason', 'landed.reason') }}
