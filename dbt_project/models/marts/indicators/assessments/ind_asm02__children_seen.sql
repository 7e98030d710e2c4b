-- A blank answer and an unlisted one stay in the denominator, as not seen.

with assessments as (
    select * from {{ ref('int_assessments_judged') }}
    where authorised_date is not null
),

reasoned as (
    select
        *,
        case
            when exclusion_reason is not null then exclusion_reason
            when child_seen_code = 'NA' then 'not applicable'
        end as seen_exclusion_reason
    from assessments
)

select
    'ASM02' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    authorised_date as counting_from_date,
    authorised_date as counting_to_date,
    null::date as numerator_date,
    seen_exclusion_reason is null as is_in_denominator,
    seen_exclusion_reason is null and coalesce(child_seen_code = 'Y', false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    seen_exclusion_reason as exclusion_reason,
    authorised_evidence || ', child seen: '
    || case child_seen_code when 'Y' then 'yes' when 'N' then 'no' when 'NA' then 'not applicable' else 'unknown' end
        as evidence,
    null::date as due_date
from reasoned
