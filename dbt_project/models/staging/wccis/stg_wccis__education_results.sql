select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.educationresultid') }} as record_id,
    {{ guid('landed.personid') }} as child_id,
    {{ flag('landed.inactive') }} as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ code_text('landed.academicyear') }} as academic_year,
    {{ decoded('key_stages', 'landed.keystage') }} as key_stage_code,
    {{ decoded('csi_codes', 'landed.csi') }} as csi_code
from {{ as_at_rows('wccis', 'educationresult') }}
{{ decode_join('key_stages', 'wccis', 'key_stage', 'landed.keystage') }}
{{ decode_join('csi_codes', 'wccis', 'yes_no', 'landed.csi') }}
