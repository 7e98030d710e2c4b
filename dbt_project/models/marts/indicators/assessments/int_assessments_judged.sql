-- Two reasons: the one for being in no term at all, and the one that also spoils whatever compares the authorisation
-- with the referral.

with assessments as (
    select * from {{ ref('fct_assessments') }}
),

children as (
    select * from {{ ref('dim_children') }}
)

select
    assessments.authority_code,
    assessments.record_key,
    assessments.child_key,
    assessments.version_number,
    assessments.version_count,
    assessments.referral_date,
    assessments.referral_working_day_number,
    assessments.authorised_date,
    assessments.working_days,
    assessments.child_seen_code,
    assessments.child_seen_alone_code,
    assessments.delay_reason,
    assessments.team_name,
    coalesce(assessments.exclusion_reason, children.exclusion_reason) as exclusion_reason,
    coalesce(
        assessments.exclusion_reason, children.exclusion_reason, assessments.referral_exclusion_reason
    ) as timing_exclusion_reason,
    'referred ' || coalesce({{ spoken_date('assessments.referral_date') }}, 'on an unknown day') as referral_evidence,
    coalesce('authorised ' || {{ spoken_date('assessments.authorised_date') }}, 'not authorised')
        as authorised_evidence,
    coalesce(
        assessments.working_days || case assessments.working_days when 1 then ' working day' else ' working days' end,
        'working days unknown'
    ) as working_days_evidence
from assessments
left join children
    on assessments.authority_code = children.authority_code and assessments.child_key = children.child_key
