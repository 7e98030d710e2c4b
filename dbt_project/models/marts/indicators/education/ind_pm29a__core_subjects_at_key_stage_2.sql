with results as (
    select * from {{ ref('int_education_results_judged') }}
    where indicator_code = 'PM29A'
)

select
    'PM29A' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    census_date as counting_from_date,
    census_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null and is_achieved as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    exclusion_reason,
    evidence,
    null::date as due_date
from results
