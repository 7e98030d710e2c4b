select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.childprotectionid') }} as record_id,
    {{ guid('landed.personid') }} as child_id,
    {{ flag('landed.inactive') }} as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ guid('landed.section47id') }} as section_47_id,
    {{ iso_date('landed.startdate') }} as registered_date,
    {{ iso_date('landed.enddate') }} as deregistered_date,
    {{ decoded_members('wccis', 'abuse_category', 'landed.categoryofabuse') }} as category_code,
    {{ decoded('transfer_codes', 'landed.istransferin') }} as transfer_in_code,
    {{ decoded('temporary_codes', 'landed.istemporary') }} as temporary_code
from {{ as_at_rows('wccis', 'childprotection') }}
{{ decode_join('transfer_codes', 'wccis', 'yes_no', 'landed.istransferin', is_boolean=true) }}
{{ decode_join('temporary_codes', 'wccis', 'yes_no', 'landed.istemporary', is_boolean=true) }}
