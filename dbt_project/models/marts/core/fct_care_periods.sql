select
    care_periods.authority_code,
    care_periods.record_key,
    care_periods.child_key,
    care_periods.start_date,
    care_periods.end_date,
    care_periods.end_reason_code,
    care_periods.is_ended_by_birthday,
    care_periods.episode_count,
    care_periods.exclusion_reason
from {{ ref('int_care_periods_built') }} as care_periods
