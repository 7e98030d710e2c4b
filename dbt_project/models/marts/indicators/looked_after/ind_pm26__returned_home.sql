-- A child counts in every period in which it was in care at any time, the last day of care included, and once in it.

select
    'PM26' as indicator_code,
    care_periods.authority_code,
    care_periods.record_key,
    care_periods.child_key,
    care_periods.child_key as count_key,
    care_periods.start_date as counting_from_date,
    care_periods.end_date as counting_to_date,
    case when care_periods.end_reason_code = 'HOME' then care_periods.end_date end as numerator_date,
    care_periods.counting_exclusion_reason is null as is_in_denominator,
    care_periods.counting_exclusion_reason is null
    and coalesce(care_periods.end_reason_code = 'HOME', false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    care_periods.counting_exclusion_reason as exclusion_reason,
    'looked after from ' || {{ spoken_date('care_periods.start_date') }}
    || coalesce(
        ' to ' || {{ spoken_date('care_periods.end_date') }} || ', reason '
        || coalesce(care_periods.end_reason_code, 'unknown'),
        ', still looked after'
    ) as evidence,
    null::date as due_date
from ({{ care_periods_judged() }}) as care_periods
