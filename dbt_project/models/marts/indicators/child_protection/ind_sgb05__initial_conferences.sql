with enquiries as (
    select * from {{ ref('int_enquiries_judged') }}
    where stated_conference_date is not null
)

select
    'SGB05' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    stated_conference_date as counting_from_date,
    stated_conference_date as counting_to_date,
    null::date as numerator_date,
    conference_exclusion_reason is null as is_in_denominator,
    conference_exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('conference_outcome', conference_outcome_code) as breakdowns,
    conference_exclusion_reason as exclusion_reason,
    'initial conference ' || {{ spoken_date('stated_conference_date') }}
    || ', outcome ' || coalesce(conference_outcome_code, 'none') as evidence,
    null::date as due_date
from enquiries
