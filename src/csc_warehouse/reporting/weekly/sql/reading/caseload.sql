select
    open_work.team_key,
    open_work.worker_key,
    workers.worker_id,
    count(*) filter (where open_work.clock_code = 'PLAN') as plans,
    count(*) filter (where open_work.clock_code = 'ASSESSMENT') as assessments,
    count(*) filter (where open_work.clock_code = 'ASSESSMENT' and open_work.is_late) as late_assessments,
    count(distinct open_work.child_key) as children
from release.marts__indicator_open_work as open_work
left join release.restricted__workers as workers
    on
        open_work.authority_code = workers.authority_code
        and open_work.worker_key = workers.worker_key
        and workers.from_release_id <= :release
        and coalesce(workers.to_release_id, :release + 1) > :release
where
    open_work.release_id = :release
    and open_work.authority_code = :authority
    and open_work.clock_code in ('PLAN', 'ASSESSMENT')
    and open_work.is_open
group by open_work.team_key, open_work.worker_key, workers.worker_id
