{#-
  Rows of the return in force on each day that a stock is looked at, as records of an indicator.
  The arguments are SQL over the fact, aliased as rows_in_force.
-#}
{% macro return_records(indicator_code, fact, return_kind, evidence, breakdowns, is_met='true', is_counted='true',
                        count_key='rows_in_force.record_key', record_key='rows_in_force.record_key',
                        amount='null::numeric', where='true', extra_join='',
                        exclusion_reason='null::text') -%}
with in_force as (
    select * from {{ ref('dim_returns_in_force') }} where return_kind = '{{ return_kind }}'
),

rows_in_force as (
    select
        facts.*,
        in_force.state_date
    from {{ ref(fact) }} as facts
    inner join in_force
        on facts.authority_code = in_force.authority_code and facts.return_date = in_force.return_date
)

select
    '{{ indicator_code }}' as indicator_code,
    rows_in_force.authority_code,
    {{ record_key }} as record_key,
    null::text as child_key,
    {{ count_key }} as count_key,
    rows_in_force.state_date as counting_from_date,
    rows_in_force.state_date as counting_to_date,
    null::date as numerator_date,
    {{ is_counted }} as is_in_denominator,
    {{ is_counted }} and {{ is_met }} as is_in_numerator,
    {{ amount }} as amount,
    {{ breakdowns }} as breakdowns,
    {{ exclusion_reason }} as exclusion_reason,
    {{ evidence }} || ', return of ' || {{ spoken_date('rows_in_force.return_date') }} as evidence,
    null::date as due_date
from rows_in_force
{{ extra_join }}
where {{ where }}
{%- endmacro %}


{#- The two age groups of children who wait for a match: 6+ and under 6. -#}
{% macro age_group(age_years, boundary) -%}
    case
        when {{ age_years }} is null then 'unknown'
        when {{ age_years }} >= {{ boundary }} then {{ boundary }} || '+'
        else 'under ' || {{ boundary }}
    end
{%- endmacro %}
