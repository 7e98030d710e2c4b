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
    {{ iso_date('landed.strategy_on') }} as strategy_date,
    {{ iso_date('landed.ended_on') }} as enquiry_end_date,
    {{ decoded('s47_outcomes', 'landed.outcome') }} as outcome_code,
    {{ iso_date('landed.conference_on') }} as conference_date,
    {{ decoded('conference_outcomes', 'landed.conference_outcome') }} as conference_outcome_code
from {{ as_at_rows('cofnod', 'enquiries') }}
{{ decode_join('s47_outcomes', 'cofnod', 's47_outcome', 'landed.outcome') }}
{{ decode_join('conference_outcomes', 'cofnod', 'conference_outcome', 'landed.conference_outcome') }}
where {{ code_text('landed.change') }} is distinct from 'DELETE'
