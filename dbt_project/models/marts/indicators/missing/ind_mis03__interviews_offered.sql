with episodes as (
    select * from {{ ref('int_episodes_returned') }}
)

select
    'MIS03' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    returned_date as counting_from_date,
    returned_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null
    and coalesce(interview_offered_code = 'Y', false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    exclusion_reason,
    return_evidence || ', ' || offer_evidence as evidence,
    null::date as due_date
from episodes
