-- One row per assessment that is open, or was referred or authorised in the last twelve months.
select
    assessments.authority_code,
    assessments.record_key,
    assessments.child_key,
    assessments.team_name,
    assessments.referral_date,
    assessments.start_date,
    assessments.authorised_date,
    assessments.working_days,
    assessments.status_code,
    assessments.child_seen_code,
    assessments.child_seen_alone_code,
    assessments.outcome_code,
    assessments.delay_reason,
    assessments.version_count,
    assessments.is_complete_without_day,
    assessments.is_open_with_day,
    assessments.authorised_date is not null as is_authorised,
    context.as_at_date,
    attributes.date_of_birth,
    count(*) filter (where assessments.authorised_date is null and assessments.status_code = 'OPEN') over (
        partition by assessments.authority_code, assessments.child_key
    ) as open_assessments
from marts_candidate.fct_assessments as assessments
inner join staging.run_context as context on assessments.authority_code = context.authority_code
left join intermediate.int_child_attributes as attributes
    on assessments.authority_code = attributes.authority_code and assessments.child_key = attributes.child_key
where
    assessments.exclusion_reason is null
    and (
        assessments.authorised_date is null
        -- one that was authorised before its referral must not leave by the day that is wrong
        or greatest(assessments.authorised_date, assessments.referral_date) > context.as_at_date - interval '12 months'
    )
