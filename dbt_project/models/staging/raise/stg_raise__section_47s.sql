select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.s47_no') }} as record_id,
    {{ number_key('landed.client_no') }} as child_id,
    false as is_void,
    null::timestamptz as modified_at,
    {{ day_first_time('landed.recorded') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ day_first_date('landed.strategy_date') }} as strategy_date,
    {{ day_first_date('landed.enquiry_end_date') }} as enquiry_end_date,
    {{ decoded('s47_outcomes', 'landed.outcome') }} as outcome_code,
    {{ day_first_date('landed.conference_date') }} as conference_date,
    {{ decoded('conference_outcomes', 'landed.conference_outcome') }} as conference_outcome_code
from {{ as_at_rows('raise', 's47') }}
{{ decode_join('s47_outcomes', 'raise', 's47_outcome', 'landed.outcome') }}
{{ decode_join('conference_outcomes', 'raise', 'conference_outcome', 'landed.conference_outcome') }}
