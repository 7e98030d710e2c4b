-- The same children as CPR01 counts, by the completed months since the registration that counts them began; the day on
-- which a month is complete is clamped to the month's end, as every due day is.

with states as (
    select * from {{ ref('fct_registration_states') }}
),

children as (
    select * from {{ ref('dim_children') }}
),

begun as (
    select
        states.*,
        children.exclusion_reason,
        (
            12 * (extract(year from states.state_date) - extract(year from states.registered_date))
            + extract(month from states.state_date) - extract(month from states.registered_date)
        )::integer as calendar_months
    from states
    left join children
        on states.authority_code = children.authority_code and states.child_key = children.child_key
),

measured as (
    select
        *,
        calendar_months
        - case when {{ add_months('registered_date', 'calendar_months') }} > state_date then 1 else 0 end
            as months_on_the_register
    from begun
)

select
    'SGB09' as indicator_code,
    authority_code,
    registration_key as record_key,
    child_key,
    registration_key as count_key,
    state_date as counting_from_date,
    state_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object(
        'months_on_register', {{ band_of('months_on_the_register', parameter('SGB09', 'band_last_months', 'jsonb')) }}
    ) as breakdowns,
    exclusion_reason,
    'registered ' || {{ spoken_date('registered_date') }} || ', on the register for ' || months_on_the_register
    || ' completed months on ' || {{ spoken_date('state_date') }} as evidence,
    null::date as due_date
from measured
