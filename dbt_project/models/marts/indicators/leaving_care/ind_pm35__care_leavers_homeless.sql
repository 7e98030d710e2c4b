select
    'PM35' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    state_date as counting_from_date,
    state_date as counting_to_date,
    null::date as numerator_date,
    coalesce(is_under_21_at_start, true) as is_in_denominator,
    coalesce(is_under_21_at_start, true) and is_homeless_in_year as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    case
        when not is_under_21_at_start
            then 'aged ' || {{ parameter('PM35', 'under_age_years') }} || ' or over at the start of the year'
    end as exclusion_reason,
    'left care ' || {{ spoken_date('left_care_date') }}
    || case when is_under_21_at_start is null then ', age unknown' else '' end
    || case when is_homeless_in_year then ', homeless in ' else ', not homeless in ' end || financial_year as evidence,
    null::date as due_date
from {{ ref('fct_care_leaver_years') }}
where is_own_responsibility
