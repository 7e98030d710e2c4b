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
    {{ decoded('health_kinds', 'landed.kind') }} as kind_code,
    {{ iso_date('landed.happened_on') }} as event_date
from {{ as_at_rows('cofnod', 'health_events') }}
{{ decode_join('health_kinds', 'cofnod', 'health_kind', 'landed.kind') }}
where {{ code_text('landed.change') }} is distinct from 'DELETE'
