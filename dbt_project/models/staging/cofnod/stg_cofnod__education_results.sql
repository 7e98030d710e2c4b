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
    {{ code_text('landed.academic_year') }} as academic_year,
    {{ decoded('key_stages', 'landed.key_stage') }} as key_stage_code,
    {{ decoded('csi_codes', 'landed.achieved_csi') }} as csi_code
from {{ as_at_rows('cofnod', 'education_results') }}
{{ decode_join('key_stages', 'cofnod', 'key_stage', 'landed.key_stage') }}
{{ decode_join('csi_codes', 'cofnod', 'yes_no', 'landed.achieved_csi', is_boolean=true) }}
where {{ code_text('landed.change') }} is distinct from 'DELETE'
