select
    in_time.team_key,
    in_time.clock_code,
    in_time.indicator_code,
    registered.title,
    registered.title_cy,
    in_time.period_label,
    in_time.is_of_the_day,
    in_time.numerator,
    in_time.denominator
from release.marts__indicator_work_in_time as in_time
inner join release.marts__indicators as registered
    on in_time.release_id = registered.release_id and in_time.indicator_code = registered.code
where in_time.release_id = :release and in_time.authority_code = :authority
