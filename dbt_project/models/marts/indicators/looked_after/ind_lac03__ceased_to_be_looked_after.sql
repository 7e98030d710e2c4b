with care_periods as (
    select * from {{ ref('int_care_periods_judged') }}
    where end_date is not null
)

select
    'LAC03' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    end_date as counting_from_date,
    end_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('reason', coalesce(end_reason_code, 'unknown')) as breakdowns,
    exclusion_reason,
    'looked after from ' || {{ spoken_date('start_date') }} || ' to ' || {{ spoken_date('end_date') }} || ', reason '
    || coalesce(end_reason_code, 'unknown')
    || case when is_ended_by_birthday then ' (the 18th birthday)' else '' end as evidence,
    null::date as due_date
from care_periods
