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
    {{ utc_time('landed.missing_from') }} as missing_from_at,
    {{ utc_time('landed.returned_at') }} as returned_at,
    {{ decoded('reported_by_codes', 'landed.reported_by') }} as reported_by_code,
    {{ decoded('interview_offered_codes', 'landed.interview_offered') }} as interview_offered_code,
    {{ decoded('interview_accepted_codes', 'landed.interview_accepted') }} as interview_accepted_code,
    {{ utc_time('landed.interview_at') }} as interview_completed_at
from {{ as_at_rows('cofnod', 'missing_episodes') }}
{{ decode_join('reported_by_codes', 'cofnod', 'reported_by', 'landed.reported_by') }}
{{ decode_join('interview_offered_codes', 'cofnod', 'yes_no', 'landed.interview_offered', is_boolean=true) }}
{{ decode_join('interview_accepted_codes', 'cofnod', 'yes_no', 'landed.interview_accepted', is_boolean=true) }}
where {{ code_text('landed.change') }} is distinct from 'DELETE'
