select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.missingepisodeid') }} as record_id,
    {{ guid('landed.personid') }} as child_id,
    {{ flag('landed.inactive') }} as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ utc_time('landed.missingfrom') }} as missing_from_at,
    {{ utc_time('landed.returned') }} as returned_at,
    {{ decoded('reported_by_codes', 'landed.reportedby') }} as reported_by_code,
    {{ decoded('interview_offered_codes', 'landed.rhioffered') }} as interview_offered_code,
    {{ decoded('interview_accepted_codes', 'landed.rhiaccepted') }} as interview_accepted_code,
    {{ utc_time('landed.rhicompleted') }} as interview_completed_at
from {{ as_at_rows('wccis', 'missingepisode') }}
{{ decode_join('reported_by_codes', 'wccis', 'reported_by', 'landed.reportedby') }}
{{ decode_join('interview_offered_codes', 'wccis', 'yes_no', 'landed.rhioffered') }}
{{ decode_join('interview_accepted_codes', 'wccis', 'yes_no', 'landed.rhiaccepted') }}
