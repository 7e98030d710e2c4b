select
    v.indicator_code,
    v.breakdown,
    v.breakdown_value,
    v.period_start_date,
    p.effective_end_date,
    v.numerator::double precision as numerator,
    v.denominator::double precision as denominator
from release.marts__indicator_values as v
inner join release.marts__dim_periods as p
    on
        v.release_id = p.release_id
        and v.authority_code = p.authority_code
        and v.period_type = p.period_type
        and v.period_label = p.period_label
where
    v.authority_code = :authority
    and v.release_id = :release
    and v.indicator_code = any(:codes)
    and p.financial_year_start_date = any(:years)
-- by code point, whatever a server's collation: which figures are hidden may not depend on where they are stored
order by
    convert_to(v.indicator_code, 'UTF8'),
    convert_to(v.breakdown, 'UTF8'),
    convert_to(v.breakdown_value, 'UTF8'),
    v.period_start_date,
    p.effective_end_date
