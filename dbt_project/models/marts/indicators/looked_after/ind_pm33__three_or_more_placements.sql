with at_year_end as (
    select * from {{ ref('int_looked_after_judged') }}
    where is_year_end
),

-- hospital, holidays and respite (TEMP) are no placement moves, short breaks no placements
episodes as (
    select * from {{ ref('fct_care_episodes') }}
    where exclusion_reason is null and not is_short_break and not is_temporary_placement
),

-- of whichever period of care
placements as (
    select
        at_year_end.authority_code,
        at_year_end.record_key,
        at_year_end.state_date,
        count(distinct episodes.placement_key) as placement_count
    from at_year_end
    inner join episodes
        on
            at_year_end.authority_code = episodes.authority_code
            and at_year_end.child_key = episodes.child_key
            and at_year_end.state_date >= episodes.in_force_from_date
            and (
                episodes.in_force_to_date is null
                or (
                    at_year_end.financial_year_start_date < episodes.in_force_to_date
                    and episodes.in_force_to_date > episodes.in_force_from_date
                )
            )
    group by at_year_end.authority_code, at_year_end.record_key, at_year_end.state_date
)

select
    'PM33' as indicator_code,
    at_year_end.authority_code,
    at_year_end.record_key,
    at_year_end.child_key,
    at_year_end.record_key as count_key,
    at_year_end.state_date as counting_from_date,
    at_year_end.state_date as counting_to_date,
    null::date as numerator_date,
    at_year_end.exclusion_reason is null as is_in_denominator,
    at_year_end.exclusion_reason is null
    and coalesce(placements.placement_count >= {{ parameter('PM33', 'minimum_placements') }}, false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    at_year_end.exclusion_reason,
    'looked after on ' || {{ spoken_date('at_year_end.state_date') }} || ', placements since '
    || {{ spoken_date('at_year_end.financial_year_start_date') }} || ': ' || coalesce(placements.placement_count, 0)
        as evidence,
    null::date as due_date
from at_year_end
left join placements
    on
        at_year_end.authority_code = placements.authority_code
        and at_year_end.record_key = placements.record_key
        and at_year_end.state_date = placements.state_date
