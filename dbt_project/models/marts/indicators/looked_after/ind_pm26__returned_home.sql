-- A child counts in every period in which it was in care at any time, the last day of care included, and once in it.

with care_periods as (
    select * from {{ ref('int_care_periods_judged') }}
)

select
    'PM26' as indicator_code,
    authority_code,
    record_key,
    child_key,
    child_key as count_key,
    start_date as counting_from_date,
    end_date as counting_to_date,
    case when end_reason_code = 'HOME' then end_date end as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null and coalesce(end_reason_code = 'HOME', false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    exclusion_reason,
    'looked after from ' || {{ spoken_date('start_date') }}
    || coalesce(
        ' to ' || {{ spoken_date('end_date') }} || ', reason ' || coalesce(end_reason_code, 'unknown'),
        ', still looked after'
    ) as evidence,
    null::date as due_date
from care_periods
