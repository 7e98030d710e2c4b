-- Which key stage an indicator counts, and the day on which a plan must be open, are the register's.

with results as (
    select * from {{ ref('fct_education_results') }}
),

registered as (
    select
        code as indicator_code,
        parameters ->> 'key_stage' as key_stage_code,
        (parameters ->> 'census_month')::integer as census_month,
        (parameters ->> 'census_day')::integer as census_day
    from {{ ref('indicators') }}
    where parameters ->> 'key_stage' is not null
),

plans as (
    select * from {{ ref('fct_plans') }}
    where exclusion_reason is null and plan_type_code in ('CASP', 'CP', 'LAC')
),

authorities as (
    select * from {{ ref('dim_authorities') }}
),

children as (
    select * from {{ ref('dim_children') }}
),

counted as (
    select
        results.*,
        registered.indicator_code,
        make_date(results.academic_year_end, registered.census_month, registered.census_day) as census_date
    from results
    inner join registered on results.key_stage_code = registered.key_stage_code
),

planned as (
    select distinct
        counted.indicator_code,
        counted.authority_code,
        counted.record_key
    from counted
    inner join plans
        on
            counted.authority_code = plans.authority_code
            and counted.child_key = plans.child_key
            and counted.census_date >= plans.start_date
            and (plans.end_date is null or counted.census_date < plans.end_date)
)

select
    counted.indicator_code,
    counted.authority_code,
    counted.record_key,
    counted.child_key,
    counted.census_date,
    coalesce(counted.csi_code = 'Y', false) as is_achieved,
    case
        when counted.exclusion_reason is not null then counted.exclusion_reason
        when counted.census_date is null then 'the academic year cannot be read'
        when not ({{ in_calendar('counted.census_date') }}) then 'academic year outside 1990 to 2040'
        when counted.census_date > authorities.as_at_date then 'the academic year has not ended yet'
        when children.exclusion_reason is not null then children.exclusion_reason
        when planned.record_key is null then 'no plan was open on the day that ends the academic year'
    end as exclusion_reason,
    'key stage ' || counted.key_stage_code
    || coalesce(
        ' in ' || counted.academic_year || ', open plan looked for on ' || {{ spoken_date('counted.census_date') }},
        ' in an academic year that cannot be read'
    )
    || ', core subject indicator '
    || case counted.csi_code when 'Y' then 'achieved' when 'N' then 'not achieved' else 'unknown' end as evidence
from counted
inner join authorities on counted.authority_code = authorities.authority_code
left join planned
    on
        counted.indicator_code = planned.indicator_code
        and counted.authority_code = planned.authority_code
        and counted.record_key = planned.record_key
left join children on counted.authority_code = children.authority_code and counted.child_key = children.child_key
