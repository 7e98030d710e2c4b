select
    work.team_key,
    work.worker_key,
    workers.worker_id,
    count(*) filter (where work.clock_code = 'PLAN') as plans,
    count(*) filter (where work.clock_code = 'ASSESSMENT') as assessments,
    count(*) filter (where work.clock_code = 'ASSESSMENT' and work.is_late) as late_assessments,
    count(distinct work.child_key) as children
from release.marts__indicator_open_work as work
left join release.restricted__workers as workers
    on
        work.authority_code = workers.authority_code
        and work.worker_key = workers.worker_key
        and workers.from_release_id <= :release
        and coalesce(workers.to_release_id, :release + 1) > :release
where
    work.release_id = :release
    and work.authority_code = :authority
    and work.clock_code in ('PLAN', 'ASSESSMENT')
    and work.is_open
group by work.team_key, work.worker_key, workers.worker_id
