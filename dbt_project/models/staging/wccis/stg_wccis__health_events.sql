select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.lachealthid') }} as record_id,
    {{ guid('landed.personid') }} as child_id,
    {{ flag('landed.inactive') }} as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ guid('landed.careperiodid') }} as care_period_id,
    {{ guid('landed.placementid') }} as placement_id,
    {{ decoded('health_kinds', 'landed.kind') }} as kind_code,
    {{ iso_date('landed.eventdate') }} as event_date
from {{ as_at_rows('wccis', 'lachealth') }}
{{ decode_join('health_kinds', 'wccis', 'health_kind', 'landed.kind') }}
