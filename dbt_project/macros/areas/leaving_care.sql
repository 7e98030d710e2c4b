{#-
  Care leavers by the day on which the register's number of months since they left care have passed; `months` names the
  kind of check that tells how they were.
-#}
{% macro care_leaver_records(indicator_code, months) -%}
with leavers as (
    select
        *,
        {{ add_months('left_care_date', parameter(indicator_code, 'anniversary_months')) }} as anniversary_date
    from {{ ref('fct_care_leavers') }}
    where is_own_responsibility
)

select
    '{{ indicator_code }}' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    anniversary_date as counting_from_date,
    anniversary_date as counting_to_date,
    null::date as numerator_date,
    true as is_in_denominator,
    coalesce(education_employment_{{ months }}_code = 'Y', false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    null::text as exclusion_reason,
    'left care ' || {{ spoken_date('left_care_date') }} || ', {{ months }} months on '
    || case education_employment_{{ months }}_code
        when 'Y' then 'in education, training or employment'
        when 'N' then 'not in education, training or employment'
        else 'unknown whether in education, training or employment'
    end
    || case
        when education_employment_{{ months }}_code is not null then ''
        when undated_employment_{{ months }}_code = 'Y'
            then '; a check without a day says in education, training or employment'
        when undated_employment_{{ months }}_code = 'N'
            then '; a check without a day says not in education, training or employment'
        when undated_employment_{{ months }}_code is not null then '; a check without a day says unknown'
        else ''
    end as evidence,
    anniversary_date as due_date
from leavers
{%- endmacro %}
