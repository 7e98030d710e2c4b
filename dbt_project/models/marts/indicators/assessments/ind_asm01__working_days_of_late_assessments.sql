with assessments as (
    select * from {{ ref('int_assessments_judged') }}
    where authorised_date is not null
),

reasoned as (
    select
        *,
        {{ parameter('ASM01', 'limit_working_days') }} as limit_working_days,
        case
            when timing_exclusion_reason is not null then timing_exclusion_reason
            when referral_date is null then 'no referral day'
        end as late_exclusion_reason
    from assessments
)

select
    'ASM01' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    authorised_date as counting_from_date,
    authorised_date as counting_to_date,
    null::date as numerator_date,
    late_exclusion_reason is null as is_in_denominator,
    late_exclusion_reason is null as is_in_numerator,
    working_days::numeric as amount,
    '{}'::jsonb as breakdowns,
    late_exclusion_reason as exclusion_reason,
    referral_evidence || ', ' || authorised_evidence || ': ' || working_days_evidence || ', limit '
    || limit_working_days as evidence,
    null::date as due_date
from reasoned
where late_exclusion_reason is not null or working_days > limit_working_days
