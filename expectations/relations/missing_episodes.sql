-- One row per missing episode of the last twelve months that was not withdrawn.
select
    episodes.authority_code,
    episodes.record_key,
    episodes.child_key,
    null::text as team_name,
    episodes.missing_from_at,
    episodes.returned_at,
    episodes.reported_by_code,
    episodes.interview_offered_code,
    episodes.interview_accepted_code,
    episodes.interview_completed_at,
    context.as_at_date,
    context.as_at_end_at,
    lead(episodes.missing_from_at) over starts as next_missing_from_at
from marts_candidate.fct_missing_episodes as episodes
inner join staging.run_context as context on episodes.authority_code = context.authority_code
where
    episodes.exclusion_reason is null
    and episodes.missing_from_date > context.as_at_date - interval '12 months'
window starts as (
    partition by episodes.authority_code, episodes.child_key
    order by episodes.missing_from_at, episodes.record_key
)
