with enquiries as (
    select * from {{ ref('int_enquiries_judged') }}
    where enquiry_end_date is not null or outcome_code is not null
)

select
    'SGB03' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    coalesce(enquiry_end_date, stated_strategy_date) as counting_from_date,
    coalesce(enquiry_end_date, stated_strategy_date) as counting_to_date,
    null::date as numerator_date,
    end_exclusion_reason is null as is_in_denominator,
    end_exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('enquiry_outcome', outcome_code) as breakdowns,
    end_exclusion_reason as exclusion_reason,
    coalesce('enquiry ended ' || {{ spoken_date('enquiry_end_date') }}, 'no day on which the enquiry ended')
    || ', outcome ' || coalesce(outcome_code, 'none') as evidence,
    null::date as due_date
from enquiries
