-- one row per assessment, which stands for all versions of the systems before
select
    landed.authority_code,
    'cofnod' as source_name,
    {{ guid('landed.id') }} as record_id,
    null::integer as version_number,
    {{ guid('landed.person_id') }} as child_id,
    false as is_deleted,
    coalesce(statuses.code = 'CANCELLED', false) as is_void,
    {{ utc_time('landed.changed_at') }} as modified_at,
    {{ utc_time('landed.created_at') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ iso_date('landed.referred_on') }} as referral_date,
    {{ iso_date('landed.started_on') }} as start_date,
    {{ iso_date('landed.authorised_on') }} as authorised_date,
    {{ decoded('statuses', 'landed.state') }} as status_code,
    {{ decoded('seen', 'landed.child_seen') }} as child_seen_code,
    {{ decoded('seen_alone', 'landed.child_seen_alone') }} as child_seen_alone_code,
    {{ decoded('outcomes', 'landed.outcome') }} as outcome_code,
    {{ code_text('landed.delay_reason') }} as delay_reason,
    {{ code_text('landed.team') }} as team_name,
    {{ code_text('landed.worker_id') }} as worker_id
from {{ as_at_rows('cofnod', 'assessments') }}
{{ decode_join('statuses', 'cofnod', 'assessment_status', 'landed.state') }}
{{ decode_join('seen', 'cofnod', 'seen', 'landed.child_seen') }}
{{ decode_join('seen_alone', 'cofnod', 'seen', 'landed.child_seen_alone') }}
{{ decode_join('outcomes', 'cofnod', 'assessment_outcome', 'landed.outcome') }}
where {{ code_text('landed.change') }} is distinct from 'DELETE'
