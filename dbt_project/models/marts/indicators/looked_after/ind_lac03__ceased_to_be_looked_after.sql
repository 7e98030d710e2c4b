select
    'LAC03' as indicator_code,
    care_periods.authority_code,
    care_periods.record_key,
    care_periods.child_key,
    care_periods.record_key as count_key,
    care_periods.end_date as counting_from_date,
    care_periods.end_date as counting_to_date,
    null::date as numerator_date,
    care_periods.counting_exclusion_reason is null as is_in_denominator,
    care_periods.counting_exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('reason', coalesce(care_periods.end_reason_code, 'unknown')) as breakdowns,
    care_periods.counting_exclusion_reason as exclusion_reason,
    'looked after from ' || {{ spoken_date('care_periods.start_date') }} || ' to '
    || {{ spoken_date('care_periods.end_date') }} || ', reason ' || coalesce(care_periods.end_reason_code, 'unknown')
    || case when care_periods.is_ended_by_birthday then ' (the 18th birthday)' else '' end as evidence,
    null::date as due_date
from ({{ care_periods_judged() }}) as care_periods
where care_periods.end_date is not null
