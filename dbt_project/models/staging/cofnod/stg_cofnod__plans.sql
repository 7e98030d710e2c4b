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
    {{ decoded('plan_types', 'landed.kind') }} as plan_type_code,
    {{ iso_date('landed.started_on') }} as start_date,
    {{ iso_date('landed.ended_on') }} as end_date,
    {{ code_text('landed.team') }} as team_code,
    {{ code_text('landed.worker_id') }} as worker_id
from {{ as_at_rows('cofnod', 'plans') }}
{{ decode_join('plan_types', 'cofnod', 'plan_type', 'landed.kind') }}
where {{ code_text('landed.change') }} is distinct from 'DELETE'
