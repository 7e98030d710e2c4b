-- A placement whose authority is not known stays in the denominator; it is in neither group, since neither is known.

with looked_after as (
    select
        *,
        coalesce(placement_authority_code not in (authority_code, 'unknown'), false) as is_outside_the_area
    from {{ ref('int_looked_after_judged') }}
)

select
    'LAC04' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    state_date as counting_from_date,
    state_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null and is_outside_the_area as is_in_numerator,
    null::numeric as amount,
    case
        when not is_outside_the_area then '{}'::jsonb
        when placement_authority_code like 'W%' then jsonb_build_object('wales', 'inside')
        else jsonb_build_object('wales', 'outside')
    end as breakdowns,
    exclusion_reason,
    evidence,
    null::date as due_date
from looked_after
