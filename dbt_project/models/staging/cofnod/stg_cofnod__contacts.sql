select
    landed.authority_code,
    'cofnod' as source_name,
    {{ guid('landed.id') }} as record_id,
    {{ guid('landed.person_id') }} as child_id,
    coalesce({{ code_text('landed.status') }} = 'VOID', false) as is_void,
    {{ utc_time('landed.changed_at') }} as modified_at,
    {{ utc_time('landed.created_at') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ utc_time('landed.received_at') }} as received_at,
    {{ utc_time('landed.decided_at') }} as decided_at,
    {{ decoded('contact_sources', 'landed.source') }} as source_code,
    {{ decoded('outcomes', 'landed.outcome') }} as outcome_code,
    {{ code_text('landed.team') }} as team_name,
    {{ code_text('landed.worker_id') }} as worker_id,
    {{ ons_authority('landed.placing_authority') }} as placing_authority_code,
    {{ guid('landed.incident_id') }} as incident_id
from {{ as_at_rows('cofnod', 'contacts') }}
{{ decode_join('contact_sources', 'cofnod', 'contact_source', 'landed.source') }}
{{ decode_join('outcomes', 'cofnod', 'contact_outcome', 'landed.outcome') }}
where {{ code_text('landed.change') }} is distinct from 'DELETE'
