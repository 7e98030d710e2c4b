-- The clock is that of the placement: a child who has just moved and has no doctor yet is not yet due.

with placed as (
    select
        states.*,
        placements.start_date as placement_start_date,
        placements.registration_due_date,
        placements.registered_date,
        coalesce(placements.registered_date <= states.state_date, false) as is_registered,
        case
            when not coalesce(children.is_own_responsibility, true) then 'another authority is responsible'
            when
                placements.registration_due_date > states.state_date
                and coalesce(placements.registered_date > states.state_date, true)
                then 'not yet due'
        end as exclusion_reason
    from {{ ref('fct_looked_after_states') }} as states
    left join {{ ref('fct_placements') }} as placements
        on
            states.authority_code = placements.authority_code
            and states.record_key = placements.care_period_key
            and states.placement_key = placements.placement_key
    left join {{ ref('dim_children') }} as children
        on states.authority_code = children.authority_code and states.child_key = children.child_key
)

select
    'PM31' as indicator_code,
    placed.authority_code,
    placed.record_key,
    placed.child_key,
    placed.record_key as count_key,
    placed.state_date as counting_from_date,
    placed.state_date as counting_to_date,
    null::date as numerator_date,
    placed.exclusion_reason is null as is_in_denominator,
    placed.exclusion_reason is null and placed.is_registered as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    placed.exclusion_reason,
    coalesce(
        'placed from ' || {{ spoken_date('placed.placement_start_date') }}, 'no placement known but temporary ones'
    )
    || ', looked after on ' || {{ spoken_date('placed.state_date') }}
    || coalesce(', doctor due by ' || {{ spoken_date('placed.registration_due_date') }}, '')
    || case
        when placed.is_registered then ', registered ' || {{ spoken_date('placed.registered_date') }}
        else ', no registration in time known'
    end as evidence,
    placed.registration_due_date as due_date
from placed
