select
    open_work.team_key,
    open_work.delay_reason,
    count(*) as late
from release.marts__indicator_open_work as open_work
where
    open_work.release_id = :release
    and open_work.authority_code = :authority
    and open_work.clock_code = 'ASSESSMENT'
    and open_work.is_late
group by open_work.team_key, open_work.delay_reason
