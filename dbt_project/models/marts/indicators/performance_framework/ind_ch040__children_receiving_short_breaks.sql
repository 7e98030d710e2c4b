-- A child counts once, by the latest series of short breaks in force; a child looked after besides counts here too.

select distinct on (episodes.authority_code, episodes.child_key, state_days.state_date)
    'CH040' as indicator_code,
    episodes.authority_code,
    episodes.record_key,
    episodes.child_key,
    episodes.record_key as count_key,
    state_days.state_date as counting_from_date,
    state_days.state_date as counting_to_date,
    null::date as numerator_date,
    coalesce(children.is_own_responsibility, true) as is_in_denominator,
    coalesce(children.is_own_responsibility, true) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    {{ other_authority_reason() }} as exclusion_reason,
    'short breaks (' || episodes.legal_status_code || ') from ' || {{ spoken_date('episodes.in_force_from_date') }}
    || ', going on at the end of ' || {{ spoken_date('state_days.state_date') }} as evidence,
    null::date as due_date
from {{ ref('fct_care_episodes') }} as episodes
inner join {{ ref('dim_state_days') }} as state_days
    on
        episodes.authority_code = state_days.authority_code
        and state_days.is_year_end
        and episodes.in_force_from_date <= state_days.state_date
        and (episodes.in_force_to_date is null or episodes.in_force_to_date > state_days.state_date)
left join {{ ref('dim_children') }} as children
    on episodes.authority_code = children.authority_code and episodes.child_key = children.child_key
where
    episodes.exclusion_reason is null
    and episodes.is_short_break
    and state_days.state_date >= {{ computed_from_date('CH040') }}
order by
    episodes.authority_code, episodes.child_key, state_days.state_date,
    episodes.in_force_from_date desc, episodes.record_key
