-- As a strategy discussion an enquiry needs that day, as a completed enquiry its last day, as a conference the day of
-- it. A strategy discussion that is still to come spoils the whole record, one outside the calendar only what needs its
-- day.

with enquiries as (
    select * from {{ ref('fct_section_47s') }}
),

children as (
    select * from {{ ref('dim_children') }}
),

counting as (
    select
        enquiries.*,
        case
            when enquiries.exclusion_reason is not null then enquiries.exclusion_reason
            when children.exclusion_reason is not null then children.exclusion_reason
            when {{ in_calendar('enquiries.stated_strategy_date') }} then enquiries.strategy_exclusion_reason
        end as record_exclusion_reason
    from enquiries
    left join children
        on enquiries.authority_code = children.authority_code and enquiries.child_key = children.child_key
)

select
    authority_code,
    record_key,
    child_key,
    stated_strategy_date,
    enquiry_end_date,
    outcome_code,
    stated_conference_date,
    conference_outcome_code,
    coalesce(record_exclusion_reason, strategy_exclusion_reason) as strategy_exclusion_reason,
    case
        when record_exclusion_reason is not null then record_exclusion_reason
        when enquiry_end_date is null then 'no day is known on which the enquiry ended'
        when enquiry_end_date < strategy_date then 'the enquiry ended before the strategy discussion'
    end as end_exclusion_reason,
    case
        when record_exclusion_reason is not null then record_exclusion_reason
        when conference_date is null then 'the conference lies outside the years 1990 to 2040'
        when conference_date < strategy_date then 'the conference is dated before the strategy discussion'
    end as conference_exclusion_reason
from counting
