select
    assessments.authority_code,
    assessments.record_key,
    assessments.child_key,
    assessments.source_name,
    assessments.version_number,
    assessments.version_count::integer as version_count,
    assessments.referral_date,
    assessments.start_date,
    assessments.authorised_date,
    referral_days.working_day_number as referral_working_day_number,
    authorised_days.working_day_number - referral_days.working_day_number as working_days,
    assessments.status_code,
    assessments.child_seen_code,
    assessments.child_seen_alone_code,
    assessments.outcome_code,
    assessments.delay_reason,
    {{ spelled('spellings', 'assessments.team_name') }} as team_name,
    assessments.status_code = 'COMPLETE' and assessments.authorised_date is null as is_complete_without_day,
    assessments.status_code = 'OPEN' and assessments.authorised_date is not null as is_open_with_day,
    assessments.recorded_at,
    assessments.fresh_until_date,
    case
        when assessments.is_void then 'cancelled or deleted in the case system'
        when assessments.authorised_date is not null and authorised_days.calendar_date is null
            then 'authorised outside the years 1990 to 2040'
        -- one that begins later than its source could know is no fact yet, whatever else it says
        when referral_days.calendar_date is not null and assessments.referral_date > assessments.fresh_until_date
            then 'referred after the day its source last delivered'
    end as exclusion_reason,
    case
        when assessments.authorised_date < assessments.referral_date then 'authorised before it was referred'
        when assessments.referral_date is not null and referral_days.calendar_date is null
            then 'referred outside the years 1990 to 2040'
    end as referral_exclusion_reason,
    assessments.delivery_id,
    assessments.record_number,
    {{ event_day('assessments.referral_date') }} as event_date,
    {{ age_band_on(event_day('assessments.referral_date')) }} as age_band,
    {{ dimension_key(spelled('spellings', 'assessments.team_name')) }} as team_key,
    {{ worker_key('assessments.worker_id') }} as worker_key
from {{ ref('int_assessments_conformed') }} as assessments
left join {{ ref('int_dates') }} as referral_days on assessments.referral_date = referral_days.calendar_date
left join {{ ref('int_dates') }} as authorised_days on assessments.authorised_date = authorised_days.calendar_date
{{ spelling_join('spellings', 'team', 'assessments.team_name') }}
{{ child_attributes_join('assessments') }}
{{ salt_join('assessments.authority_code') }}
