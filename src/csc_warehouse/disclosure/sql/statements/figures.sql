select
    figures.indicator_code,
    figures.period_type,
    figures.period_label,
    figures.breakdown,
    figures.breakdown_value,
    figures.period_start_date,
    periods.effective_end_date,
    figures.numerator::double precision as numerator,
    figures.denominator::double precision as denominator
from marts_candidate.indicator_values as figures
inner join marts_candidate.dim_periods as periods
    on
        figures.authority_code = periods.authority_code
        and figures.period_type = periods.period_type
        and figures.period_label = periods.period_label
where figures.authority_code = :authority and figures.indicator_code = any(:codes)
order by
    figures.indicator_code,
    figures.breakdown,
    figures.breakdown_value,
    figures.period_start_date,
    figures.period_end_date,
    figures.period_type
