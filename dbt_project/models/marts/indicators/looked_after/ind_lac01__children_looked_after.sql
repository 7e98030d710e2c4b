with looked_after as (
    select * from {{ ref('int_looked_after_judged') }}
)

select
    'LAC01' as indicator_code,
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
        'placement_type', placement_type_code,
        'legal_status', legal_status_code,
        'age_band', age_band,
        'sex', sex_code,
        'ethnicity_group', ethnicity_group,
        'language', language_code,
        'disability', disability_code
    ) as breakdowns,
    exclusion_reason,
    evidence,
    null::date as due_date
from looked_after
