-- what was published by the day of the report, of this year or an earlier one, for Wales or this authority
select
    c.indicator_code,
    c.scope,
    c.scope_code,
    c.period_label,
    c.value,
    c.lower_quartile,
    c.upper_quartile
from release.marts__comparators as c
where
    c.release_id = :release
    and c.value is not null
    and c.published_on_date <= :as_at
    and c.period_type = 'year' and c.period_label <= :financial_year
    and (c.scope = 'Wales' or c.scope_code = :authority)
order by c.indicator_code, c.scope = 'Wales' desc, c.period_label desc
