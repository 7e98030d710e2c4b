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
    {{ iso_date('landed.started_on') }} as start_date,
    {{ iso_date('landed.ended_on') }} as end_date
from {{ as_at_rows('cofnod', 'homeless_spells') }}
where {{ code_text('landed.change') }} is distinct from 'DELETE'
