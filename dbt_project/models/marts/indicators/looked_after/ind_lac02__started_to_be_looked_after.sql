select
    'LAC02' as indicator_code,
    care_periods.authority_code,
    care_periods.record_key,
    care_periods.child_key,
    care_periods.record_key as count_key,
    care_periods.start_date as counting_from_date,
    care_periods.start_date as counting_to_date,
    null::date as numerator_date,
    care_periods.counting_exclusion_reason is null as is_in_denominator,
    care_periods.counting_exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    care_periods.counting_exclusion_reason as exclusion_reason,
    'looked after from ' || {{ spoken_date('care_periods.start_date') }} as evidence,
    null::date as due_date
from ({{ care_periods_judged() }}) as care_periods
