with assessments as (
    select * from {{ ref('int_assessments_open') }}
)

select
    'ASM05' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    state_date as counting_from_date,
    state_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object(
        'team', team_name,
        'age_band', {{ band_of('working_days_open', parameter('ASM05', 'age_band_last_days', 'jsonb')) }}
    ) as breakdowns,
    exclusion_reason,
    evidence,
    null::date as due_date
from assessments
