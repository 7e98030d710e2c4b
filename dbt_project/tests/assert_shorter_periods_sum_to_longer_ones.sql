-- Months sum to the quarter, quarters to the half year and the year to date, half years to the year: for the whole and
-- for every group, of every indicator that the register calls additive over periods.

with figures as (
    select
        figures.authority_code,
        figures.indicator_code,
        figures.period_type,
        figures.period_label,
        figures.period_start_date,
        figures.period_end_date,
        figures.breakdown,
        figures.breakdown_value,
        figures.numerator,
        coalesce(figures.denominator, 0) as denominator
    from {{ ref('indicator_values') }} as figures
    inner join {{ ref('indicators') }} as register
        on figures.indicator_code = register.code and register.is_additive_over_periods
    -- another unit (a child, a family) is one unit in a longer period too
    where not register.unit_breakdowns ? figures.breakdown and register.period_types like '%month%'
),

-- figures begin with the month of the first contact held: a longer period that began before it also counts what came
-- earlier, which no month shows
first_months as (
    select
        authority_code,
        min(period_start_date) as first_date
    from figures
    where period_type = 'month'
    group by authority_code
),

kinds (longer_type, shorter_type) as (
    values ('quarter', 'month'), ('half_year', 'quarter'), ('year_to_date', 'quarter'), ('year', 'half_year')
),

sums as (
    select
        shorter.authority_code,
        shorter.indicator_code,
        longer.period_type,
        longer.period_label,
        shorter.breakdown,
        shorter.breakdown_value,
        sum(shorter.numerator) as numerator,
        sum(shorter.denominator) as denominator
    from figures as shorter
    inner join kinds on shorter.period_type = kinds.shorter_type
    inner join {{ ref('dim_periods') }} as longer
        on
            shorter.authority_code = longer.authority_code
            and kinds.longer_type = longer.period_type
            and shorter.period_start_date between longer.period_start_date and longer.period_end_date
    inner join first_months
        on longer.authority_code = first_months.authority_code and longer.period_start_date >= first_months.first_date
    group by
        shorter.authority_code, shorter.indicator_code, longer.period_type, longer.period_label, shorter.breakdown,
        shorter.breakdown_value
)

select
    coalesce(longer.authority_code, sums.authority_code) as authority_code,
    coalesce(longer.indicator_code, sums.indicator_code) as indicator_code,
    coalesce(longer.period_label, sums.period_label) as period_label,
    coalesce(longer.breakdown_value, sums.breakdown_value) as breakdown_value,
    longer.numerator,
    sums.numerator as sum_of_numerators
from (
    select figures.* from figures
    inner join first_months
        on
            figures.authority_code = first_months.authority_code
            and figures.period_start_date >= first_months.first_date
    where figures.period_type <> 'month'
) as longer
full outer join sums
    on
        longer.authority_code = sums.authority_code
        and longer.indicator_code = sums.indicator_code
        and longer.period_type = sums.period_type
        and longer.period_label = sums.period_label
        and longer.breakdown = sums.breakdown
        and longer.breakdown_value = sums.breakdown_value
where
    coalesce(longer.numerator, 0) is distinct from coalesce(sums.numerator, 0)
    or coalesce(longer.denominator, 0) is distinct from coalesce(sums.denominator, 0)
