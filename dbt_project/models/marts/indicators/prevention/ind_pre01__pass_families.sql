with services as (
    select * from {{ ref('int_prevention_services_judged') }}
    where service_code = {{ parameter('PRE01', 'service', 'text') }}
)

select
    'PRE01' as indicator_code,
    authority_code,
    record_key,
    child_key,
    family_key as count_key,
    start_date as counting_from_date,
    last_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    exclusion_reason,
    evidence,
    null::date as due_date
from services
