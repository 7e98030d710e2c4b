-- Nothing that must be there is missing: a whole for every indicator and period, and rows in what carries them.
-- The expected periods are counted here from the register and the first month that holds any figure, not taken from
-- the model that is being judged.
with context as (
    select
        authority_code,
        as_at_date
    from staging.run_context
),

covered as (
    select
        context.authority_code,
        context.as_at_date,
        coverage.subject,
        coverage.first_date
    from context
    inner join marts_candidate.dim_coverage as coverage on context.authority_code = coverage.authority_code
    where coverage.first_date <= context.as_at_date
),

months as (
    select
        covered.authority_code,
        covered.subject,
        covered.first_date,
        covered.as_at_date,
        month_start::date as starts,
        (extract(month from month_start)::integer + 8) % 12 as month_of_year
    from covered
    cross join lateral generate_series(
        date_trunc('year', covered.first_date::timestamp - interval '3 months') + interval '3 months',
        covered.as_at_date::timestamp,
        interval '1 month'
    ) as month_start
),

expected_periods as (
    select
        months.*,
        kinds.period_type,
        case
            when kinds.period_type = 'year_to_date'
                then (months.starts - make_interval(months => months.month_of_year))::date
            else months.starts
        end as period_start_date,
        (months.starts + make_interval(months => kinds.length))::date - 1 as period_end_date
    from months
    inner join (
        values ('month', 1, 1), ('quarter', 3, 3), ('half_year', 6, 6), ('year_to_date', 3, 3), ('year', 12, 12)
    ) as kinds (period_type, length, every)
        on months.month_of_year % kinds.every = 0
),

expected as (
    select
        periods.authority_code,
        register.code as indicator_code,
        periods.period_type,
        periods.period_start_date,
        periods.period_end_date
    from marts_candidate.indicators as register
    inner join expected_periods as periods
        on
            register.coverage_subject = periods.subject
            and periods.period_type = any(string_to_array(register.period_types, '|'))
            and periods.period_end_date >= periods.first_date
            and periods.period_start_date >= coalesce(register.computed_from_date, periods.period_start_date)
),

present as (
    select
        authority_code,
        indicator_code,
        period_type,
        period_start_date,
        period_end_date,
        count(*) as times
    from marts_candidate.indicator_values
    where breakdown = 'all' and breakdown_value = 'all'
    group by authority_code, indicator_code, period_type, period_start_date, period_end_date
),

compared as (
    select
        coalesce(expected.authority_code, present.authority_code) as authority_code,
        coalesce(expected.indicator_code, present.indicator_code) as indicator_code,
        count(*) as checked,
        count(*) filter (where present.times is null) as missing,
        count(*) filter (where expected.indicator_code is null) as unexpected,
        count(*) filter (where present.times > 1) as doubled
    from expected
    full join present
        on
            expected.authority_code = present.authority_code
            and expected.indicator_code = present.indicator_code
            and expected.period_type = present.period_type
            and expected.period_start_date = present.period_start_date
            and expected.period_end_date = present.period_end_date
    group by
        coalesce(expected.authority_code, present.authority_code),
        coalesce(expected.indicator_code, present.indicator_code)
),

floors as (
    select
        context.authority_code,
        tables.subject,
        tables.rows_there
    from context
    cross join lateral (
        select
            'children' as subject,
            count(*) as rows_there
        from marts_candidate.dim_children as t
        where t.authority_code = context.authority_code
        union all
        select
            'contacts',
            count(*)
        from marts_candidate.fct_contacts as t
        where t.authority_code = context.authority_code
        union all
        select
            'indicator records',
            count(*)
        from marts_candidate.indicator_records as t
        where t.authority_code = context.authority_code
        union all
        select
            'indicator values',
            count(*)
        from marts_candidate.indicator_values as t
        where t.authority_code = context.authority_code
        union all
        select
            'periods',
            count(*)
        from marts_candidate.dim_periods as t
        where t.authority_code = context.authority_code
    ) as tables
)

select
    authority_code,
    'CMP01' as check_code,
    subject,
    rows_there::double precision as value,
    rows_there as checked,
    case when rows_there = 0 then 1 else 0 end as failed
from floors
union all
select
    authority_code,
    'CMP02',
    indicator_code,
    missing::double precision,
    checked,
    missing
from compared
union all
select
    authority_code,
    'CMP03',
    indicator_code,
    (unexpected + doubled)::double precision,
    checked,
    unexpected + doubled
from compared
