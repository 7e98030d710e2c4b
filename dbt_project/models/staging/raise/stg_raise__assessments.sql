select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.assessment_no') }} as record_id,
    {{ whole_number('landed.version_no') }} as version_number,
    {{ number_key('landed.client_no') }} as child_id,
    false as is_deleted,
    coalesce({{ code_text('landed.status') }} = 'CANCELLED', false) as is_void,
    {{ day_first_time('landed.recorded') }} as modified_at,
    {{ day_first_time('landed.recorded') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ day_first_date('landed.referral_date') }} as referral_date,
    {{ day_first_date('landed.start_date') }} as start_date,
    {{ day_first_date('landed.authorised_date') }} as authorised_date,
    {{ decoded('statuses', 'landed.status') }} as status_code,
    {{ decoded('seen', 'landed.child_seen') }} as child_seen_code,
    {{ decoded('seen_alone', 'landed.child_seen_alone') }} as child_seen_alone_code,
    {{ decoded('outcomes', 'landed.outcome') }} as outcome_code,
    {{ code_text('landed.delay_reason') }} as delay_reason,
    {{ code_text('landed.team') }} as team_name,
    {{ code_text('landed.worker') }} as worker_id
from {{ as_at_rows('raise', 'assessment') }}
{{ decode_join('statuses', 'raise', 'assessment_status', 'landed.status') }}
{{ decode_join('seen', 'raise', 'seen', 'landed.child_seen') }}
{{ decode_join('seen_alone', 'raise', 'seen', 'landed.child_seen_alone') }}
{{ decode_join('outcomes', 'raise', 'assessment_outcome', 'landed.outcome') }}
