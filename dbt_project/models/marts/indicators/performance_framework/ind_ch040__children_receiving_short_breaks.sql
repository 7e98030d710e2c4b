-- A child counts once, by the latest series of short breaks in force; a child looked after besides counts here too.

with short_breaks as (
    select * from {{ ref('fct_care_episodes') }}
    where exclusion_reason is null and is_short_break
),

year_ends as (
    select * from {{ ref('dim_state_days') }}
    where is_year_end and state_date >= {{ computed_from_date('CH040') }}
),

children as (
    select * from {{ ref('dim_children') }}
),

latest as (
    select distinct on (short_breaks.authority_code, short_breaks.child_key, year_ends.state_date)
        short_breaks.authority_code,
        short_breaks.record_key,
        short_breaks.child_key,
        short_breaks.legal_status_code,
        short_breaks.in_force_from_date,
        year_ends.state_date
    from short_breaks
    inner join year_ends
        on
            short_breaks.authority_code = year_ends.authority_code
            and short_breaks.in_force_from_date <= year_ends.state_date
            and (short_breaks.in_force_to_date is null or short_breaks.in_force_to_date > year_ends.state_date)
    order by
        short_breaks.authority_code,
        short_breaks.child_key,
        year_ends.state_date,
        short_breaks.in_force_from_date desc,
        short_breaks.record_key
)

select
    'CH040' as indicator_code,
    latest.authority_code,
    latest.record_key,
    latest.child_key,
    latest.record_key as count_key,
    latest.state_date as counting_from_date,
    latest.state_date as counting_to_date,
    null::date as numerator_date,
    children.exclusion_reason is null as is_in_denominator,
    children.exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    children.exclusion_reason,
    'short breaks (' || latest.legal_status_code || ') from ' || {{ spoken_date('latest.in_force_from_date') }}
    || ', going on at the end of ' || {{ spoken_date('latest.state_date') }} as evidence,
    null::date as due_date
from latest
left join children on latest.authority_code = children.authority_code and latest.child_key = children.child_key
