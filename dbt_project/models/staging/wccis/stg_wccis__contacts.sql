select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.contactid') }} as record_id,
    {{ guid('landed.personid') }} as child_id,
    {{ flag('landed.inactive') }} as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ utc_time('landed.contactreceiveddatetime') }} as received_at,
    {{ utc_time('landed.decisiondatetime') }} as decided_at,
    {{ decoded('contact_sources', 'landed.contactsourceid') }} as source_code,
    {{ decoded('outcomes', 'landed.contactoutcomeid') }} as outcome_code,
    {{ code_text('landed.ownerid_cwname') }} as team_name,
    {{ code_text('landed.responsibleuserid') }} as worker_id,
    {{ ons_authority('landed.placingauthority') }} as placing_authority_code,
    {{ guid('landed.incidentid') }} as incident_id
from {{ as_at_rows('wccis', 'contact') }}
{{ decode_join('contact_sources', 'wccis', 'contact_source', 'landed.contactsourceid') }}
{{ decode_join('outcomes', 'wccis', 'contact_outcome', 'landed.contactoutcomeid') }}
