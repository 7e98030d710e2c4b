with reviews as (
    select * from {{ ref('int_reviews_judged') }}
    where clock_code = 'CASP'
)

select
    'REV02' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    due_date as counting_from_date,
    due_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null and is_held_in_time as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    exclusion_reason,
    evidence,
    due_date
from reviews
