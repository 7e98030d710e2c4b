-- A care leaver is a child and the day that the child left care, as the check records say; of several checks of one
-- kind the latest that is known counts (indicators.md, Care leavers).

with checks as (
    select
        *,
        {{ fresh_date('check_date', 'fresh_until_date') }} as known_check_date,
        {{ fresh_date('left_care_date', 'fresh_until_date') }} as known_left_care_date
    from {{ ref('int_care_leaver_checks_conformed') }}
    where not is_void
),

latest_checks as (
    select distinct on (authority_code, child_key, left_care_date, months)
        authority_code,
        child_key,
        left_care_date,
        months,
        education_employment_code
    from checks
    where known_check_date is not null
    order by
        authority_code,
        child_key,
        left_care_date,
        months,
        known_check_date desc,
        recorded_at desc nulls last,
        record_key
),

-- what a check says that has no day: not known to have been made, so it only goes into the evidence
undated_checks as (
    select distinct on (authority_code, child_key, left_care_date, months)
        authority_code,
        child_key,
        left_care_date,
        months::text as months,
        education_employment_code
    from checks
    where check_date is null and education_employment_code is not null
    order by
        authority_code,
        child_key,
        left_care_date,
        months,
        recorded_at desc nulls last,
        record_key
),

leavers as (
    select
        authority_code,
        child_key,
        left_care_date,
        max(known_left_care_date) as known_left_care_date
    from checks
    group by authority_code, child_key, left_care_date
)

select
    leavers.authority_code,
    {{ derived_key('care_leaver', 'leavers.child_key', "coalesce(leavers.left_care_date::text, '')") }} as record_key,
    leavers.child_key,
    leavers.left_care_date,
    at_12.education_employment_code as education_employment_12_code,
    at_24.education_employment_code as education_employment_24_code,
    undated_12.education_employment_code as undated_employment_12_code,
    undated_24.education_employment_code as undated_employment_24_code,
    children.exclusion_reason is null as is_own_responsibility,
    case
        when leavers.known_left_care_date is null
            then 'left care on a day that is not known, after its source last delivered, or outside 1990 to 2040'
    end as exclusion_reason,
    {{ event_day('leavers.left_care_date') }} as event_date,
    {{ age_band_on(event_day('leavers.left_care_date')) }} as age_band
from leavers
left join latest_checks as at_12
    on
        leavers.authority_code = at_12.authority_code
        and leavers.child_key = at_12.child_key
        and leavers.left_care_date = at_12.left_care_date
        and at_12.months = '12'
left join latest_checks as at_24
    on
        leavers.authority_code = at_24.authority_code
        and leavers.child_key = at_24.child_key
        and leavers.left_care_date = at_24.left_care_date
        and at_24.months = '24'
left join undated_checks as undated_12
    on
        leavers.authority_code = undated_12.authority_code
        and leavers.child_key = undated_12.child_key
        and leavers.left_care_date = undated_12.left_care_date
        and undated_12.months = '12'
left join undated_checks as undated_24
    on
        leavers.authority_code = undated_24.authority_code
        and leavers.child_key = undated_24.child_key
        and leavers.left_care_date = undated_24.left_care_date
        and undated_24.months = '24'
left join {{ ref('dim_children') }} as children
    on leavers.authority_code = children.authority_code and leavers.child_key = children.child_key
{{ child_attributes_join('leavers') }}
