with assessments as (
    select
        judged.*,
        case
            when judged.reason is not null then judged.reason
            when judged.child_seen_code = 'NA' then 'not applicable'
        end as seen_reason
    from ({{ judged_assessments() }}) as judged
    where judged.authorised_date is not null
)

-- blank and unlisted stay in the denominator, as not seen
select
    'ASM02' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    authorised_date as counting_from_date,
    authorised_date as counting_to_date,
    null::date as numerator_date,
    seen_reason is null as is_in_denominator,
    seen_reason is null and coalesce(child_seen_code = 'Y', false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    seen_reason as exclusion_reason,
    authorised_evidence || ', child seen: '
    || case child_seen_code when 'Y' then 'yes' when 'N' then 'no' when 'NA' then 'not applicable' else 'unknown' end
        as evidence,
    null::date as due_date
from assessments
