select
    work.team_key,
    work.delay_reason,
    count(*) as late
from release.marts__indicator_open_work as work
where
    work.release_id = :release
    and work.authority_code = :authority
    and work.clock_code = 'ASSESSMENT'
    and work.is_late
group by work.team_key, work.delay_reason
