-- Whether a conference was in time is an indicator's question; how many working days it took is a fact.

select
    enquiries.authority_code,
    enquiries.record_key,
    enquiries.child_key,
    enquiries.family_key,
    enquiries.source_name,
    enquiries.strategy_date,
    enquiries.stated_strategy_date,
    enquiries.strategy_exclusion_reason,
    enquiries.enquiry_end_date,
    enquiries.outcome_code,
    enquiries.conference_date,
    enquiries.stated_conference_date,
    enquiries.conference_outcome_code,
    conference_days.working_day_number - strategy_days.working_day_number as conference_working_days,
    enquiries.recorded_at,
    enquiries.exclusion_reason,
    {{ event_day('enquiries.strategy_date') }} as event_date,
    {{ age_band_on(event_day('enquiries.strategy_date')) }} as age_band
from {{ ref('int_section_47s_bounded') }} as enquiries
left join {{ ref('dim_dates') }} as strategy_days on enquiries.strategy_date = strategy_days.calendar_date
left join {{ ref('dim_dates') }} as conference_days on enquiries.conference_date = conference_days.calendar_date
{{ child_attributes_join('enquiries') }}
