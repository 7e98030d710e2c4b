with care_periods as (
    select * from {{ ref('int_care_periods_judged') }}
)

select
    'LAC02' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    start_date as counting_from_date,
    start_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    exclusion_reason,
    'looked after from ' || {{ spoken_date('start_date') }} as evidence,
    null::date as due_date
from care_periods
