select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.contact_no') }} as record_id,
    {{ number_key('landed.client_no') }} as child_id,
    coalesce({{ code_text('landed.status') }} = 'VOID', false) as is_void,
    {{ day_first_time('landed.recorded') }} as modified_at,
    {{ day_first_time('landed.recorded') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ day_first_time('landed.received') }} as received_at,
    {{ day_first_time('landed.decided') }} as decided_at,
    {{ decoded('contact_sources', 'landed.source') }} as source_code,
    {{ decoded('outcomes', 'landed.outcome') }} as outcome_code,
    {{ code_text('landed.team') }} as team_name,
    {{ code_text('landed.worker') }} as worker_id,
    {{ ons_authority('landed.placing_la') }} as placing_authority_code,
    {{ number_key('landed.incident_no') }} as incident_id
from {{ as_at_rows('raise', 'contact') }}
{{ decode_join('contact_sources', 'raise', 'contact_source', 'landed.source') }}
{{ decode_join('outcomes', 'raise', 'contact_outcome', 'landed.outcome') }}
