-- Without a strategy day a conference is in the denominator alone; with one that cannot be used it is in neither term.
-- Conferences are held for children; a family's conference day is in time when it is for all of its children.

with enquiries as (
    select * from {{ ref('fct_section_47s') }}
    where stated_conference_date is not null
),

children as (
    select * from {{ ref('dim_children') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
),

working_days as (
    select * from dates
    where is_working_day
),

conferences as (
    select
        enquiries.*,
        case
            when enquiries.exclusion_reason is not null then enquiries.exclusion_reason
            when children.exclusion_reason is not null then children.exclusion_reason
            when enquiries.conference_date is null then 'the conference lies outside the years 1990 to 2040'
            when enquiries.strategy_exclusion_reason is not null then enquiries.strategy_exclusion_reason
            when enquiries.conference_date < enquiries.strategy_date
                then 'the conference is dated before the strategy discussion'
        end as counting_exclusion_reason,
        {{ parameter('CPR04', 'limit_working_days') }} as limit_working_days
    from enquiries
    left join children
        on enquiries.authority_code = children.authority_code and enquiries.child_key = children.child_key
)

select
    'CPR04' as indicator_code,
    conferences.authority_code,
    conferences.record_key,
    conferences.child_key,
    conferences.record_key as count_key,
    conferences.stated_conference_date as counting_from_date,
    conferences.stated_conference_date as counting_to_date,
    null::date as numerator_date,
    conferences.counting_exclusion_reason is null as is_in_denominator,
    conferences.counting_exclusion_reason is null
    and coalesce(conferences.conference_working_days <= conferences.limit_working_days, false) as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object(
        'families', jsonb_build_object(
            'value', 'all', 'unit', conferences.family_key || '|' || conferences.stated_conference_date, 'rule', 'every'
        )
    ) as breakdowns,
    conferences.counting_exclusion_reason as exclusion_reason,
    coalesce(
        'strategy discussion ' || {{ spoken_date('conferences.stated_strategy_date') }},
        'day of the strategy discussion unknown'
    )
    || ', initial conference ' || {{ spoken_date('conferences.stated_conference_date') }}
    || case
        when conferences.conference_date >= conferences.strategy_date
            then
                ': ' || conferences.conference_working_days || ' working days, limit '
                || conferences.limit_working_days
        else ''
    end as evidence,
    working_days.calendar_date as due_date
from conferences
left join dates as strategy_days on conferences.strategy_date = strategy_days.calendar_date
left join working_days
    on strategy_days.working_day_number + conferences.limit_working_days = working_days.working_day_number
