{#-
  A metric of the Performance and Improvement Framework, counted from the records of the indicator that it follows:
  the same record, the same evidence, its own code, for the years from the day that the register gives. A stock is
  looked at at the end of the year alone.
-#}
{% macro successor_records(indicator_code, predecessor, condition='records.is_in_numerator', at_year_end=false) -%}
select
    '{{ indicator_code }}' as indicator_code,
    records.authority_code,
    records.record_key,
    records.child_key,
    records.count_key,
    records.counting_from_date,
    records.counting_to_date,
    null::date as numerator_date,
    true as is_in_denominator,
    true as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    null::text as exclusion_reason,
    records.evidence,
    records.due_date
from {{ ref(predecessor) }} as records
{%- if at_year_end %}
inner join {{ ref('dim_state_days') }} as state_days
    on
        records.authority_code = state_days.authority_code
        and records.counting_from_date = state_days.state_date
        and state_days.is_year_end
{%- endif %}
where
    {{ condition }}
    and records.counting_from_date >= {{ computed_from_date(indicator_code) }}
{%- endmacro %}
