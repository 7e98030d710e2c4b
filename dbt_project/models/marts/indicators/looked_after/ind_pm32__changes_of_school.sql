with looked_after as (
    select * from {{ ref('int_looked_after_judged') }}
    where is_year_end
),

moves as (
    select * from {{ ref('fct_school_moves') }}
    where exclusion_reason is null and reason_code = {{ parameter('PM32', 'reason', 'text') }}
),

care_periods as (
    select * from {{ ref('fct_care_periods') }}
    where exclusion_reason is null
),

at_year_end as (
    select
        looked_after.authority_code,
        looked_after.record_key,
        looked_after.child_key,
        looked_after.state_date,
        looked_after.financial_year_start_date,
        looked_after.age_years,
        case
            when looked_after.exclusion_reason is not null then looked_after.exclusion_reason
            when looked_after.age_years is null then 'age unknown'
            when
                looked_after.age_years not between {{ parameter('PM32', 'minimum_age_years') }}
                and {{ parameter('PM32', 'maximum_age_years') }}
                then 'not of the age counted'
        end as exclusion_reason
    from looked_after
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
    inner join moves
        on
            at_year_end.authority_code = moves.authority_code
            and at_year_end.child_key = moves.child_key
            and moves.move_date between at_year_end.financial_year_start_date and at_year_end.state_date
    inner join care_periods
        on
            moves.authority_code = care_periods.authority_code
            and moves.child_key = care_periods.child_key
            and moves.move_date >= care_periods.start_date
            and (care_periods.end_date is null or moves.move_date < care_periods.end_date)
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
