-- Months carry everything: each longer period is the months it is made of. A year to date is given once its last
-- quarter has begun; every other period once it has begun itself.

with authorities as (
    select
        context.authority_code,
        context.as_at_date,
        min(coverage.first_date) as first_date
    from {{ source('context', 'run_context') }} as context
    inner join {{ ref('dim_coverage') }} as coverage on context.authority_code = coverage.authority_code
    where coverage.first_date <= context.as_at_date
    group by context.authority_code, context.as_at_date
),

month_starts as (
    select
        authorities.authority_code,
        authorities.as_at_date,
        authorities.first_date,
        month_start::date as month_start_date,
        -- the financial year that a month lies in begins on the 1 April on or before it
        (date_trunc('year', month_start - interval '3 months') + interval '3 months')::date as year_start_date
    from authorities
    cross join lateral generate_series(
        -- from the start of the first financial year, so that each longer period finds its first month
        date_trunc('year', authorities.first_date::timestamp - interval '3 months') + interval '3 months',
        authorities.as_at_date::timestamp,
        interval '1 month'
    ) as month_start
),

numbered as (
    select
        month_starts.*,
        extract(year from month_starts.year_start_date)::integer::text || '/' || lpad(
            ((extract(year from month_starts.year_start_date)::integer + 1) % 100)::text, 2, '0'
        ) as financial_year,
        ((extract(month from month_starts.month_start_date)::integer + 8) % 12) as month_of_year
    from month_starts
),

periods as (
    select
        authority_code,
        as_at_date,
        first_date,
        financial_year,
        year_start_date,
        'month' as period_type,
        to_char(month_start_date, 'YYYY-MM') as period_label,
        month_start_date as period_start_date,
        (month_start_date + interval '1 month')::date - 1 as period_end_date,
        (month_start_date - interval '1 month')::date as previous_start_date
    from numbered
    union all
    select
        authority_code,
        as_at_date,
        first_date,
        financial_year,
        year_start_date,
        'quarter' as period_type,
        financial_year || ' Q' || (month_of_year / 3 + 1) as period_label,
        month_start_date as period_start_date,
        (month_start_date + interval '3 months')::date - 1 as period_end_date,
        (month_start_date - interval '3 months')::date as previous_start_date
    from numbered
    where month_of_year % 3 = 0
    union all
    select
        authority_code,
        as_at_date,
        first_date,
        financial_year,
        year_start_date,
        'half_year' as period_type,
        financial_year || ' H' || (month_of_year / 6 + 1) as period_label,
        month_start_date as period_start_date,
        (month_start_date + interval '6 months')::date - 1 as period_end_date,
        (month_start_date - interval '6 months')::date as previous_start_date
    from numbered
    where month_of_year % 6 = 0
    union all
    select
        authority_code,
        as_at_date,
        first_date,
        financial_year,
        year_start_date,
        'year_to_date' as period_type,
        financial_year || ' YTD Q' || (month_of_year / 3 + 1) as period_label,
        year_start_date as period_start_date,
        (month_start_date + interval '3 months')::date - 1 as period_end_date,
        (year_start_date - interval '1 year')::date as previous_start_date
    from numbered
    where month_of_year % 3 = 0
    union all
    select
        authority_code,
        as_at_date,
        first_date,
        financial_year,
        year_start_date,
        'year' as period_type,
        financial_year as period_label,
        month_start_date as period_start_date,
        (month_start_date + interval '1 year')::date - 1 as period_end_date,
        (month_start_date - interval '1 year')::date as previous_start_date
    from numbered
    where month_of_year = 0
)

select
    periods.authority_code,
    periods.period_type,
    periods.period_label,
    periods.period_start_date,
    periods.period_end_date,
    least(periods.period_end_date, periods.as_at_date) as effective_end_date,
    -- a period that ends on the as-at day has ended
    periods.period_end_date <= periods.as_at_date as is_ended,
    periods.financial_year,
    periods.year_start_date as financial_year_start_date,
    previous.period_label as previous_period_label,
    periods.as_at_date,
    to_char(periods.period_end_date, 'YYYYMMDD')::integer as period_sort,
    case periods.period_type
        when 'month' then 1
        when 'quarter' then 2
        when 'half_year' then 3
        when 'year_to_date' then 4
        else 5
    end as period_type_sort,
    case
        when periods.period_type = 'month' then to_char(periods.period_start_date, 'FMMonth YYYY')
        else periods.period_label
    end as period_name,
    case
        when periods.period_type = 'month'
            then {{ month_name_cy('periods.period_start_date') }} || ' ' || to_char(periods.period_start_date, 'YYYY')
        else replace(periods.period_label, ' Q', ' Ch')
    end as period_name_cy
from periods
left join periods as previous
    on
        periods.authority_code = previous.authority_code
        and periods.period_type = previous.period_type
        and periods.previous_start_date = previous.period_start_date
        and previous.period_end_date >= previous.first_date
        -- a year to date is compared with the same quarters of the year before
        and (
            periods.period_type <> 'year_to_date'
            or previous.period_end_date = (periods.period_end_date + 1 - interval '1 year')::date - 1
        )
where periods.period_end_date >= periods.first_date
