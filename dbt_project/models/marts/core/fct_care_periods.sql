select
    care_periods.authority_code,
    care_periods.record_key,
    care_periods.child_key,
    care_periods.start_date,
    care_periods.end_date,
    care_periods.end_reason_code,
    care_periods.is_ended_by_birthday,
    care_periods.episode_count,
    care_periods.exclusion_reason,
    {{ event_day('care_periods.start_date') }} as event_date,
    {{ age_band_on(event_day('care_periods.start_date')) }} as age_band
from {{ ref('int_care_periods_built') }} as care_periods
{{ child_attributes_join('care_periods') }}
