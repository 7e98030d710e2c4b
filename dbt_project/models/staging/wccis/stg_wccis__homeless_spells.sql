select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.homelessspellid') }} as record_id,
    {{ guid('landed.personid') }} as child_id,
    {{ flag('landed.inactive') }} as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ iso_date('landed.startdate') }} as start_date,
    {{ iso_date('landed.enddate') }} as end_date
from {{ as_at_rows('wccis', 'homelessspell') }}
