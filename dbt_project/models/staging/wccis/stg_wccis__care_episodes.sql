select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.lacepisodeid') }} as record_id,
    {{ guid('landed.personid') }} as child_id,
    {{ flag('landed.inactive') }} as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ guid('landed.careperiodid') }} as care_period_id,
    {{ guid('landed.placementid') }} as placement_id,
    {{ iso_date('landed.startdate') }} as start_date,
    {{ decoded('start_reasons', 'landed.startreason') }} as start_reason_code,
    {{ decoded('legal_statuses', 'landed.legalstatus') }} as legal_status_code,
    {{ decoded('placement_types', 'landed.placementtypeid') }} as placement_type_code,
    {{ decoded('providers', 'landed.providerid') }} as provider_code,
    {{ ons_authority('landed.placementauthority') }} as placement_authority_code,
    {{ iso_date('landed.enddate') }} as end_date,
    {{ decoded('care_end_reasons', 'landed.endreason') }} as end_reason_code
from {{ as_at_rows('wccis', 'lacepisode') }}
{{ decode_join('start_reasons', 'wccis', 'start_reason', 'landed.startreason') }}
{{ decode_join('legal_statuses', 'wccis', 'legal_status', 'landed.legalstatus') }}
{{ decode_join('placement_types', 'wccis', 'placement_type', 'landed.placementtypeid') }}
{{ decode_join('providers', 'wccis', 'provider', 'landed.providerid') }}
{{ decode_join('care_end_reasons', 'wccis', 'care_end_reason', 'landed.endreason') }}
