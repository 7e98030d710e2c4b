-- The days on which a stock is looked at: the end of each period, or the as-at day while it is still running.

select
    periods.authority_code,
    periods.effective_end_date as state_date,
    periods.financial_year,
    periods.financial_year_start_date,
    bool_or(periods.period_type = 'year') as is_year_end
from {{ ref('dim_periods') }} as periods
group by
    periods.authority_code, periods.effective_end_date, periods.financial_year, periods.financial_year_start_date
