select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.mergedrecordid') }} as record_id,
    {{ guid('landed.masterid') }} as master_id,
    {{ guid('landed.subordinateid') }} as subordinate_id,
    {{ utc_time('landed.mergedon') }} as merged_at,
    {{ flag('landed.inactive') }} as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    landed.delivery_id,
    landed.record_number
from {{ as_at_rows('wccis', 'mergedrecord') }}
where {{ code_text('landed.entity') }} = 'PERSON'
