-- A care leaver whose age is not known counts. One whose day of leaving cannot be used is a leaver of no year.

with leaver_years as (
    select * from {{ ref('fct_care_leaver_years') }}
),

leavers as (
    select * from {{ ref('fct_care_leavers') }}
),

children as (
    select * from {{ ref('dim_children') }}
),

reasoned as (
    select
        leaver_years.*,
        case
            when children.exclusion_reason is not null then children.exclusion_reason
            when not leaver_years.is_under_21_at_start
                then 'aged ' || {{ parameter('PM35', 'under_age_years') }} || ' or over at the start of the year'
        end as exclusion_reason
    from leaver_years
    left join children
        on leaver_years.authority_code = children.authority_code and leaver_years.child_key = children.child_key
),

told as (
    select
        authority_code,
        record_key,
        child_key,
        state_date,
        is_homeless_in_year,
        exclusion_reason,
        'left care ' || {{ spoken_date('left_care_date') }}
        || case when is_under_21_at_start is null then ', age unknown' else '' end
        || case when is_homeless_in_year then ', homeless in ' else ', not homeless in ' end || financial_year
            as evidence
    from reasoned
    union all
    select
        authority_code,
        record_key,
        child_key,
        null as state_date,
        false as is_homeless_in_year,
        exclusion_reason,
        'left care ' || coalesce({{ spoken_date('left_care_date') }}, 'on an unknown day') as evidence
    from leavers
    where exclusion_reason is not null
)

select
    'PM35' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    state_date as counting_from_date,
    state_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null and is_homeless_in_year as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    exclusion_reason,
    evidence,
    null::date as due_date
from told
