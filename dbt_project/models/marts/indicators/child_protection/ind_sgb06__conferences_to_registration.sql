with enquiries as (
    select * from {{ ref('int_enquiries_judged') }}
    where stated_conference_date is not null
),

reasoned as (
    select
        *,
        case
            when conference_exclusion_reason is not null then conference_exclusion_reason
            when conference_outcome_code is null then 'no outcome recorded'
        end as reason
    from enquiries
)

select
    'SGB06' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    stated_conference_date as counting_from_date,
    stated_conference_date as counting_to_date,
    null::date as numerator_date,
    reason is null as is_in_denominator,
    reason is null
    and coalesce(conference_outcome_code = {{ parameter('SGB06', 'outcome', 'text') }}, false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    reason as exclusion_reason,
    'initial conference ' || {{ spoken_date('stated_conference_date') }}
    || ', outcome ' || coalesce(conference_outcome_code, 'none') as evidence,
    null::date as due_date
from reasoned
