-- what the council itself published by the day of the report; what of it is from before these figures, they tell
select
    c.indicator_code,
    c.period_type,
    c.period_label,
    c.value
from release.marts__comparators as c
where
    c.release_id = :release
    and c.scope_code = :authority
    and c.value is not null
    and c.published_on_date <= :as_at
    and c.period_type in ('quarter', 'half_year', 'year')
order by c.indicator_code, c.period_type, c.period_label
