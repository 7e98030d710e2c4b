with enquiries as (
    select * from {{ ref('int_enquiries_judged') }}
    where stated_strategy_date is not null
)

select
    'SGB01' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    stated_strategy_date as counting_from_date,
    stated_strategy_date as counting_to_date,
    null::date as numerator_date,
    strategy_exclusion_reason is null as is_in_denominator,
    strategy_exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    strategy_exclusion_reason as exclusion_reason,
    'strategy discussion ' || {{ spoken_date('stated_strategy_date') }} as evidence,
    null::date as due_date
from enquiries
