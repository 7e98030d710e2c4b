with in_care as (
    select
        care_periods.authority_code,
        care_periods.record_key,
        care_periods.child_key,
        care_periods.start_date,
        state_days.state_date,
        state_days.financial_year_start_date,
        state_days.is_year_end
    from {{ ref('int_care_periods_built') }} as care_periods
    inner join {{ ref('dim_state_days') }} as state_days
        on
            care_periods.authority_code = state_days.authority_code
            and care_periods.start_date <= state_days.state_date
            and (care_periods.end_date is null or care_periods.end_date > state_days.state_date)
    where care_periods.exclusion_reason is null
)

select
    in_care.authority_code,
    in_care.record_key,
    in_care.child_key,
    in_care.state_date,
    in_care.financial_year_start_date,
    in_care.is_year_end,
    in_care.start_date,
    episodes.record_key as episode_key,
    coalesce(episodes.legal_status_code, 'unknown') as legal_status_code,
    coalesce(episodes.placement_type_code, 'unknown') as placement_type_code,
    episodes.provider_code,
    episodes.placement_authority_code,
    placements.placement_key,
    {{ child_age_band('attributes.date_of_birth', 'attributes.expected_birth_date', 'in_care.state_date') }}
        as age_band,
    {{ age_years('attributes.date_of_birth', 'in_care.state_date') }} as age_years,
    in_care.state_date as event_date,
    {{ dimension_key('episodes.legal_status_code') }} as legal_status_key,
    {{ dimension_key('episodes.placement_type_code') }} as placement_type_key,
    {{ dimension_key('episodes.provider_code') }} as provider_key
from in_care
inner join {{ ref('fct_care_episodes') }} as episodes
    on
        in_care.authority_code = episodes.authority_code
        and in_care.record_key = episodes.care_period_key
        and in_care.state_date >= episodes.in_force_from_date
        and (episodes.in_force_to_date is null or in_care.state_date < episodes.in_force_to_date)
left join {{ ref('int_care_episodes_placed') }} as placements
    on
        in_care.authority_code = placements.authority_code
        and in_care.record_key = placements.care_period_key
        and not placements.is_temporary_placement
        and in_care.state_date >= placements.in_force_from_date
        and (placements.placement_to_date is null or in_care.state_date < placements.placement_to_date)
left join {{ ref('int_child_attributes') }} as attributes
    on in_care.authority_code = attributes.authority_code and in_care.child_key = attributes.child_key
