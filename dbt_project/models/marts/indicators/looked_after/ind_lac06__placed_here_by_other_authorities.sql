with looked_after as (
    select
        *,
        coalesce(placement_authority_code = authority_code, false) as is_placed_here
    from {{ ref('int_looked_after_judged') }}
    where not is_own_responsibility
)

select
    'LAC06' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    state_date as counting_from_date,
    state_date as counting_to_date,
    null::date as numerator_date,
    is_placed_here as is_in_denominator,
    is_placed_here as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    case when not is_placed_here then 'not placed in the council''s own area' end as exclusion_reason,
    'responsible authority ' || responsible_authority_code || '; ' || evidence as evidence,
    null::date as due_date
from looked_after
