-- a conference that is planned for later is a plan, not yet an event
select
    enquiries.authority_code,
    enquiries.record_key,
    enquiries.child_key,
    enquiries.family_key,
    enquiries.source_name,
    enquiries.recorded_at,
    {{ fresh_date('enquiries.strategy_date', 'enquiries.fresh_until_date') }} as strategy_date,
    {{ fresh_date('enquiries.enquiry_end_date', 'enquiries.fresh_until_date') }} as enquiry_end_date,
    enquiries.outcome_code,
    {{ fresh_date('enquiries.conference_date', 'enquiries.fresh_until_date') }} as conference_date,
    enquiries.conference_outcome_code,
    case when enquiries.is_void then 'the enquiry was deleted in the case system' end as exclusion_reason
from {{ ref('int_section_47s_conformed') }} as enquiries
