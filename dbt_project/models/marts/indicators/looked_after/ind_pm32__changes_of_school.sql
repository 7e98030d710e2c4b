with at_year_end as (
    select
        states.*,
        case
            when not coalesce(children.is_own_responsibility, true) then 'another authority is responsible'
            when states.age_years is null then 'age unknown'
            when
                states.age_years not between {{ parameter('PM32', 'minimum_age_years') }}
                and {{ parameter('PM32', 'maximum_age_years') }}
                then 'not of the age counted'
        end as exclusion_reason
    from {{ ref('fct_looked_after_states') }} as states
    left join {{ ref('dim_children') }} as children
        on states.authority_code = children.authority_code and states.child_key = children.child_key
    where states.is_year_end
),

-- a change of school counts only while the child was looked after, in whichever period of care
moves_in_care as (
    select
        at_year_end.authority_code,
        at_year_end.record_key,
        at_year_end.state_date,
        count(distinct moves.record_key) as move_count,
        string_agg(
            distinct to_char(moves.move_date, 'YYYY-MM-DD'), ', ' order by to_char(moves.move_date, 'YYYY-MM-DD')
        ) as move_dates
    from at_year_end
    inner join {{ ref('fct_school_moves') }} as moves
        on
            at_year_end.authority_code = moves.authority_code
            and at_year_end.child_key = moves.child_key
            and moves.move_date between at_year_end.financial_year_start_date and at_year_end.state_date
    inner join {{ ref('fct_care_periods') }} as care_periods
        on
            moves.authority_code = care_periods.authority_code
            and moves.child_key = care_periods.child_key
            and moves.move_date >= care_periods.start_date
            and (care_periods.end_date is null or moves.move_date < care_periods.end_date)
    where
        moves.exclusion_reason is null
        and moves.reason_code = {{ parameter('PM32', 'reason', 'text') }}
        and care_periods.exclusion_reason is null
    group by at_year_end.authority_code, at_year_end.record_key, at_year_end.state_date
)

select
    'PM32' as indicator_code,
    at_year_end.authority_code,
    at_year_end.record_key,
    at_year_end.child_key,
    at_year_end.record_key as count_key,
    at_year_end.state_date as counting_from_date,
    at_year_end.state_date as counting_to_date,
    null::date as numerator_date,
    at_year_end.exclusion_reason is null as is_in_denominator,
    at_year_end.exclusion_reason is null
    and coalesce(moves_in_care.move_count >= {{ parameter('PM32', 'minimum_moves') }}, false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    at_year_end.exclusion_reason,
    'looked after on ' || {{ spoken_date('at_year_end.state_date') }} || ', aged '
    || coalesce(at_year_end.age_years::text, 'unknown') || ', changes of school since '
    || {{ spoken_date('at_year_end.financial_year_start_date') }} || ' while looked after: '
    || coalesce(moves_in_care.move_dates, 'none') as evidence,
    null::date as due_date
from at_year_end
left join moves_in_care
    on
        at_year_end.authority_code = moves_in_care.authority_code
        and at_year_end.record_key = moves_in_care.record_key
        and at_year_end.state_date = moves_in_care.state_date
