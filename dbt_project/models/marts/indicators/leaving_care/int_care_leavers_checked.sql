-- Of several checks of one kind the latest counts, and a check without a day none: the fact has decided that.

with leavers as (
    select * from {{ ref('fct_care_leavers') }}
),

children as (
    select * from {{ ref('dim_children') }}
),

checked as (
    select
        leavers.authority_code,
        leavers.record_key,
        leavers.child_key,
        leavers.left_care_date,
        leavers.event_date,
        leavers.exclusion_reason,
        checks.check_months,
        checks.engaged_code,
        checks.undated_code
    from leavers
    cross join lateral (
        values
        (12, leavers.education_employment_12_code, leavers.undated_employment_12_code),
        (24, leavers.education_employment_24_code, leavers.undated_employment_24_code)
    ) as checks (check_months, engaged_code, undated_code)
)

select
    checked.authority_code,
    checked.record_key,
    checked.child_key,
    checked.event_date as left_care_date,
    checked.check_months,
    coalesce(checked.engaged_code = 'Y', false) as is_engaged,
    coalesce(checked.exclusion_reason, children.exclusion_reason) as exclusion_reason,
    'left care ' || coalesce({{ spoken_date('checked.left_care_date') }}, 'on an unknown day')
    || ', ' || checked.check_months || ' months on '
    || case checked.engaged_code
        when 'Y' then 'in education, training or employment'
        when 'N' then 'not in education, training or employment'
        else 'unknown whether in education, training or employment'
    end
    || case
        when checked.engaged_code is not null or checked.undated_code is null then ''
        when checked.undated_code = 'Y' then '; a check without a day says in education, training or employment'
        when checked.undated_code = 'N' then '; a check without a day says not in education, training or employment'
        else '; a check without a day says unknown'
    end as evidence
from checked
left join children on checked.authority_code = children.authority_code and checked.child_key = children.child_key
