with leavers as (
    select
        *,
        {{ add_months('left_care_date', parameter('PM34A', 'anniversary_months')) }} as anniversary_date
    from {{ ref('int_care_leavers_checked') }}
    where check_months = 12
)

select
    'PM34A' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    anniversary_date as counting_from_date,
    anniversary_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null and is_engaged as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    exclusion_reason,
    evidence,
    anniversary_date as due_date
from leavers
