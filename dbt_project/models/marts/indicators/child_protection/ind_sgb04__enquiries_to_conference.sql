with enquiries as (
    select * from {{ ref('int_enquiries_judged') }}
    where enquiry_end_date is not null or outcome_code is not null
),

reasoned as (
    select
        *,
        case
            when end_exclusion_reason is not null then end_exclusion_reason
            when outcome_code is null then 'no outcome recorded'
        end as reason
    from enquiries
)

select
    'SGB04' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    coalesce(enquiry_end_date, stated_strategy_date) as counting_from_date,
    coalesce(enquiry_end_date, stated_strategy_date) as counting_to_date,
    null::date as numerator_date,
    reason is null as is_in_denominator,
    reason is null
    and coalesce(outcome_code = {{ parameter('SGB04', 'outcome', 'text') }}, false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    reason as exclusion_reason,
    coalesce('enquiry ended ' || {{ spoken_date('enquiry_end_date') }}, 'no day on which the enquiry ended')
    || ', outcome ' || coalesce(outcome_code, 'none') as evidence,
    null::date as due_date
from reasoned
