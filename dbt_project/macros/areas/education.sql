{#-
  Results at one key stage of children with an open plan on the census day that ends the academic year, as records of an
  indicator; the key stage and the day are the register's.
-#}
{% macro education_records(indicator_code) -%}
with results as (
    select
        facts.*,
        make_date(
            facts.academic_year_end,
            {{ parameter(indicator_code, 'census_month') }},
            {{ parameter(indicator_code, 'census_day') }}
        ) as census_date
    from {{ ref('fct_education_results') }} as facts
    where
        facts.key_stage_code = {{ parameter(indicator_code, 'key_stage', 'text') }}
        and facts.academic_year_end is not null
),

planned as (
    select distinct
        results.authority_code,
        results.record_key
    from results
    inner join {{ ref('fct_plans') }} as plans
        on
            results.authority_code = plans.authority_code
            and results.child_key = plans.child_key
            and plans.start_date <= results.census_date
            and (plans.end_date is null or plans.end_date > results.census_date)
    where plans.exclusion_reason is null and plans.plan_type_code in ('CASP', 'CP', 'LAC')
),

judged as (
    select
        results.*,
        case
            when results.exclusion_reason is not null then results.exclusion_reason
            when not ({{ in_calendar('results.census_date') }}) then 'academic year outside 1990 to 2040'
            when results.census_date > authorities.as_at_date then 'the academic year has not ended yet'
            when not coalesce(children.is_own_responsibility, true) then 'another authority is responsible'
            when planned.record_key is null then 'no plan was open on the day that ends the academic year'
        end as counting_exclusion_reason
    from results
    inner join {{ ref('dim_authorities') }} as authorities on results.authority_code = authorities.authority_code
    left join planned on results.authority_code = planned.authority_code and results.record_key = planned.record_key
    left join {{ ref('dim_children') }} as children
        on results.authority_code = children.authority_code and results.child_key = children.child_key
)

select
    '{{ indicator_code }}' as indicator_code,
    judged.authority_code,
    judged.record_key,
    judged.child_key,
    judged.record_key as count_key,
    judged.census_date as counting_from_date,
    judged.census_date as counting_to_date,
    null::date as numerator_date,
    judged.counting_exclusion_reason is null as is_in_denominator,
    judged.counting_exclusion_reason is null and coalesce(judged.csi_code = 'Y', false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    judged.counting_exclusion_reason as exclusion_reason,
    'key stage ' || judged.key_stage_code || ' in ' || judged.academic_year || ', open plan looked for on '
    || {{ spoken_date('judged.census_date') }} || ', core subject indicator '
    || case judged.csi_code when 'Y' then 'achieved' when 'N' then 'not achieved' else 'unknown' end as evidence,
    null::date as due_date
from judged
{%- endmacro %}
