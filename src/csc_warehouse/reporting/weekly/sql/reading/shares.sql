select
    shares.team_key,
    shares.clock_code,
    shares.indicator_code,
    registered.title,
    shares.period_label,
    shares.is_of_the_day,
    shares.numerator,
    shares.denominator
from release.marts__indicator_work_in_time as shares
inner join release.marts__indicators as registered
    on shares.release_id = registered.release_id and shares.indicator_code = registered.code
where shares.release_id = :release and shares.authority_code = :authority
