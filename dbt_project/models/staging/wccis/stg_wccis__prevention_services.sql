select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.preventionid') }} as record_id,
    {{ guid('landed.personid') }} as child_id,
    {{ flag('landed.inactive') }} as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ guid('landed.familyid') }} as family_id,
    {{ decoded('service_codes', 'landed.service') }} as service_code,
    {{ iso_date('landed.startdate') }} as start_date,
    {{ iso_date('landed.enddate') }} as end_date
from {{ as_at_rows('wccis', 'prevention') }}
{{ decode_join('service_codes', 'wccis', 'prevention_service', 'landed.service') }}
