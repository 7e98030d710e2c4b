-- Of a provider that is not known nothing is said: it stays in the denominator.

with looked_after as (
    select * from {{ ref('int_looked_after_judged') }}
)

select
    'LAC05' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    state_date as counting_from_date,
    state_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null
    and coalesce(provider_code not in ('OWN', 'PARENT', 'unknown'), false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    exclusion_reason,
    evidence,
    null::date as due_date
from looked_after
