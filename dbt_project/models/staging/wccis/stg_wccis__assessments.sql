select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.caseformid') }} as record_id,
    {{ whole_number('landed.versionnumber') }} as version_number,
    {{ guid('landed.personid') }} as child_id,
    {{ flag('landed.inactive') }} as is_deleted,
    {{ flag('landed.inactive') }} or coalesce(statuses.code = 'CANCELLED', false) as is_void,
    {{ utc_time('landed.modifiedon') }} as modified_at,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.delivery_id,
    landed.record_number,
    {{ iso_date('landed.referraldate') }} as referral_date,
    {{ iso_date('landed.startdate') }} as start_date,
    {{ iso_date('landed.signedoffdate') }} as authorised_date,
    {{ decoded('statuses', 'landed.assessmentstatusid') }} as status_code,
    {{ decoded('seen', 'landed.childseen') }} as child_seen_code,
    {{ decoded('seen_alone', 'landed.childseenalone') }} as child_seen_alone_code,
    {{ decoded('outcomes', 'landed.outcomeid') }} as outcome_code,
    {{ code_text('landed.delayreasonid_cwname') }} as delay_reason,
    {{ code_text('landed.ownerid_cwname') }} as team_name,
    {{ code_text('landed.responsibleuserid') }} as worker_id
from {{ as_at_rows('wccis', 'caseform') }}
{{ decode_join('statuses', 'wccis', 'assessment_status', 'landed.assessmentstatusid') }}
{{ decode_join('seen', 'wccis', 'seen', 'landed.childseen') }}
{{ decode_join('seen_alone', 'wccis', 'seen', 'landed.childseenalone') }}
{{ decode_join('outcomes', 'wccis', 'assessment_outcome', 'landed.outcomeid') }}
