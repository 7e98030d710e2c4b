select
    work.team_key,
    work.clock_code,
    count(*) filter (where work.is_open) as open_now,
    count(*) filter (where work.is_late) as late,
    count(*) filter (where work.is_open and not work.is_late and work.working_days_left <= :soon_days) as due_soon,
    count(*) filter (
        where
        work.is_open
        and not work.is_late
        and work.working_days_left > :soon_days
        and work.working_days_left <= :next_days
    ) as due_next,
    count(*) filter (where work.was_open_week_before) as open_before,
    count(*) filter (where work.is_open and not work.was_open_week_before) as came,
    count(*) filter (where work.was_open_week_before and not work.is_open) as done,
    count(*) filter (where work.is_late and not work.was_late_week_before) as became_late,
    max(work.working_days_used) filter (where work.is_open) as longest_working_days
from release.marts__indicator_open_work as work
where work.release_id = :release and work.authority_code = :authority and work.clock_code <> 'PLAN'
group by work.team_key, work.clock_code
