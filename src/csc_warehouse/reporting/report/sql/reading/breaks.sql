select
    b.indicator_code,
    b.break_date,
    b.reason,
    b.reason_cy
from release.marts__series_breaks as b
where
    b.release_id = :release and b.authority_code in ('all', :authority)
    and b.break_date between :from_date and :to_date
order by b.indicator_code, b.break_date, b.authority_code
