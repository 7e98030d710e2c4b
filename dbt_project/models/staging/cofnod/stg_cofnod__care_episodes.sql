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
    {{ guid('landed.care_period_id') }} as care_period_id,
    {{ guid('landed.placement_id') }} as placement_id,
    {{ iso_date('landed.started_on') }} as start_date,
    {{ decoded('start_reasons', 'landed.start_reason') }} as start_reason_code,
    {{ decoded('legal_statuses', 'landed.legal_status') }} as legal_status_code,
    {{ decoded('placement_types', 'landed.placement_type') }} as placement_type_code,
    {{ decoded('providers', 'landed.provider') }} as provider_code,
    {{ ons_authority('landed.placement_authority') }} as placement_authority_code,
    {{ iso_date('landed.ended_on') }} as end_date,
    {{ decoded('care_end_reasons', 'landed.end_reason') }} as end_reason_code
from {{ as_at_rows('cofnod', 'care_episodes') }}
{{ decode_join('start_reasons', 'cofnod', 'start_reason', 'landed.start_reason') }}
{{ decode_join('legal_statuses', 'cofnod', 'legal_status', 'landed.legal_status') }}
{{ decode_join('placement_types', 'cofnod', 'placement_type', 'landed.placement_type') }}
{{ decode_join('providers', 'cofnod', 'provider', 'landed.provider') }}
{{ decode_join('care_end_reasons', 'cofnod', 'care_end_reason', 'landed.end_reason') }}
where {{ code_text('landed.change') }} is distinct from 'DELETE'
