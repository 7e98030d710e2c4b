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
-- by code point, whatever a server's collation: which figures are hidden may not depend on where they are stored
order by
    convert_to(figures.indicator_code, 'UTF8'),
    convert_to(figures.breakdown, 'UTF8'),
    convert_to(figures.breakdown_value, 'UTF8'),
    figures.period_start_date,
    figures.period_end_date,
    figures.period_type
