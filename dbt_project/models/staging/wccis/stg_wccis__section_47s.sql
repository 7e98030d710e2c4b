select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.section47id') }} as record_id,
    {{ guid('landed.personid') }} as child_id,
    {{ flag('landed.inactive') }} as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ iso_date('landed.strategydate') }} as strategy_date,
    {{ iso_date('landed.enquiryenddate') }} as enquiry_end_date,
    {{ decoded('s47_outcomes', 'landed.outcomeid') }} as outcome_code,
    {{ iso_date('landed.conferencedate') }} as conference_date,
    {{ decoded('conference_outcomes', 'landed.conferenceoutcomeid') }} as conference_outcome_code
from {{ as_at_rows('wccis', 'section47') }}
{{ decode_join('s47_outcomes', 'wccis', 's47_outcome', 'landed.outcomeid') }}
{{ decode_join('conference_outcomes', 'wccis', 'conference_outcome', 'landed.conferenceoutcomeid') }}
