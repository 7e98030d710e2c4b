with care_periods as (
    select * from {{ ref('fct_care_periods') }}
),

children as (
    select * from {{ ref('dim_children') }}
)

select
    care_periods.authority_code,
    care_periods.record_key,
    care_periods.child_key,
    care_periods.start_date,
    care_periods.end_date,
    care_periods.end_reason_code,
    care_periods.is_ended_by_birthday,
    coalesce(care_periods.exclusion_reason, children.exclusion_reason) as exclusion_reason
from care_periods
left join children
    on care_periods.authority_code = children.authority_code and care_periods.child_key = children.child_key
