-- One row per care episode that is open or ended in the last twelve months and was not withdrawn.
select
    episodes.authority_code,
    episodes.record_key,
    episodes.child_key,
    null::text as team_name,
    episodes.care_period_key,
    episodes.start_date,
    episodes.end_date,
    episodes.start_reason_code,
    episodes.end_reason_code,
    episodes.legal_status_code,
    episodes.placement_type_code,
    episodes.provider_code,
    episodes.placement_authority_code,
    episodes.is_short_break,
    episodes.exclusion_reason,
    episodes.end_date is null as is_open,
    context.as_at_date,
    attributes.date_of_birth,
    attributes.is_own_responsibility,
    row_number() over within_period as number_in_period,
    lead(episodes.start_date) over within_period as next_start_date
from marts_candidate.fct_care_episodes as episodes
inner join staging.run_context as context on episodes.authority_code = context.authority_code
left join intermediate.int_child_attributes as attributes
    on episodes.authority_code = attributes.authority_code and episodes.child_key = attributes.child_key
where
    coalesce(episodes.exclusion_reason, '') not like '%deleted%'
    and (
        episodes.end_date is null
        or greatest(episodes.end_date, episodes.start_date) > context.as_at_date - interval '12 months'
    )
window within_period as (
    partition by
        episodes.authority_code, episodes.child_key,
        coalesce(episodes.care_period_key, episodes.record_key), episodes.is_short_break
    order by episodes.start_date, episodes.end_date nulls last, episodes.record_key
)
