-- A child is counted once, by the latest open registration. One that runs backwards is shown as left out, on its day.

with states as (
    select * from {{ ref('fct_registration_states') }}
),

registrations as (
    select * from {{ ref('fct_registrations') }}
),

children as (
    select * from {{ ref('dim_children') }}
)

select
    'CPR01' as indicator_code,
    states.authority_code,
    states.registration_key as record_key,
    states.child_key,
    states.registration_key as count_key,
    states.state_date as counting_from_date,
    states.state_date as counting_to_date,
    null::date as numerator_date,
    children.exclusion_reason is null as is_in_denominator,
    children.exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object(
        'category', states.category_code,
        'age_band', states.age_band,
        'sex', coalesce(children.sex_code, 'unknown'),
        'ethnicity_group', children.ethnicity_group,
        'language', children.language_code,
        'disability', children.disability_code
    ) as breakdowns,
    children.exclusion_reason,
    'registered ' || {{ spoken_date('states.registered_date') }} || ' (' || states.category_code
    || '), still on the register on ' || {{ spoken_date('states.state_date') }} as evidence,
    null::date as due_date
from states
left join children
    on states.authority_code = children.authority_code and states.child_key = children.child_key

union all

select
    'CPR01' as indicator_code,
    registrations.authority_code,
    registrations.record_key,
    registrations.child_key,
    registrations.record_key as count_key,
    registrations.registered_date as counting_from_date,
    registrations.registered_date as counting_to_date,
    null::date as numerator_date,
    false as is_in_denominator,
    false as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    'deregistered before registered' as exclusion_reason,
    'registered ' || {{ spoken_date('registrations.registered_date') }} || ', deregistered '
    || {{ spoken_date('registrations.deregistered_date') }} as evidence,
    null::date as due_date
from registrations
where registrations.is_backwards and registrations.exclusion_reason is null
