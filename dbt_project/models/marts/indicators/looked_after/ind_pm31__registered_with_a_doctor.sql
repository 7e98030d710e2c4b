-- The clock is that of the placement: a child who has just moved and has no doctor yet is not yet due.

with looked_after as (
    select * from {{ ref('int_looked_after_judged') }}
),

placements as (
    select * from {{ ref('fct_placements') }}
),

placed as (
    select
        looked_after.authority_code,
        looked_after.record_key,
        looked_after.child_key,
        looked_after.state_date,
        placements.start_date as placement_start_date,
        placements.registration_due_date,
        placements.registered_date,
        coalesce(placements.registered_date <= looked_after.state_date, false) as is_registered,
        case
            when looked_after.exclusion_reason is not null then looked_after.exclusion_reason
            when
                placements.registration_due_date > looked_after.state_date
                and coalesce(placements.registered_date > looked_after.state_date, true)
                then 'not yet due'
        end as exclusion_reason
    from looked_after
    left join placements
        on
            looked_after.authority_code = placements.authority_code
            and looked_after.record_key = placements.care_period_key
            and looked_after.placement_key = placements.placement_key
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
