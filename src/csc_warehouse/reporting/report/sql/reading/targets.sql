select
    t.indicator_code,
    t.comparison,
    t.target_value,
    t.valid_from_date,
    t.valid_to_date
from release.marts__targets as t
where t.release_id = :release and t.authority_code = :authority
order by t.indicator_code, t.valid_from_date
