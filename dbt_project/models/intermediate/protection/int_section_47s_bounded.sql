-- A conference that is planned for later is a plan, not yet an event. A strategy day that nobody can have known, or
-- that the calendar does not hold, is not the same as none: what is measured from it is left out.
select
    enquiries.authority_code,
    enquiries.record_key,
    enquiries.child_key,
    enquiries.family_key,
    enquiries.source_name,
    enquiries.recorded_at,
    {{ fresh_date('enquiries.strategy_date', 'enquiries.fresh_until_date') }} as strategy_date,
    case
        when not ({{ in_calendar('enquiries.strategy_date') }})
            then 'the strategy discussion lies outside the years 1990 to 2040'
        when enquiries.strategy_date > enquiries.fresh_until_date
            then 'the strategy discussion is dated after the day its source last delivered'
    end as strategy_exclusion_reason,
    enquiries.strategy_date as stated_strategy_date,
    {{ fresh_date('enquiries.enquiry_end_date', 'enquiries.fresh_until_date') }} as enquiry_end_date,
    enquiries.outcome_code,
    {{ fresh_date('enquiries.conference_date', 'enquiries.fresh_until_date') }} as conference_date,
    {{ fresh_end('enquiries.conference_date', 'enquiries.fresh_until_date') }} as stated_conference_date,
    enquiries.conference_outcome_code,
    case when enquiries.is_void then 'the enquiry was deleted in the case system' end as exclusion_reason
from {{ ref('int_section_47s_conformed') }} as enquiries
