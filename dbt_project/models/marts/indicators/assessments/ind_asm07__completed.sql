with assessments as (
    select * from {{ ref('int_assessments_judged') }}
    where authorised_date is not null
)

select
    'ASM07' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    authorised_date as counting_from_date,
    authorised_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('team', team_name) as breakdowns,
    exclusion_reason,
    authorised_evidence || ', version ' || coalesce(version_number::text, 'unknown') || ' of ' || version_count
        as evidence,
    null::date as due_date
from assessments
