select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.careplanid') }} as record_id,
    {{ guid('landed.personid') }} as child_id,
    {{ flag('landed.inactive') }} as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ decoded('plan_types', 'landed.plantypeid') }} as plan_type_code,
    {{ iso_date('landed.startdate') }} as start_date,
    {{ iso_date('landed.enddate') }} as end_date,
    {{ code_text('landed.ownerid_cwname') }} as team_code,
    {{ code_text('landed.responsibleuserid') }} as worker_id
from {{ as_at_rows('wccis', 'careplan') }}
{{ decode_join('plan_types', 'wccis', 'plan_type', 'landed.plantypeid') }}
