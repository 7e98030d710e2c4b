select
    open_work.team_key,
    open_work.clock_code,
    count(*) filter (where open_work.is_open) as open_now,
    count(*) filter (where open_work.is_late) as late,
    count(*) filter (
        where
        open_work.is_open
        and not open_work.is_late
        and open_work.working_days_left <= :soon_days
    ) as due_soon,
    count(*) filter (
        where
        open_work.is_open
        and not open_work.is_late
        and open_work.working_days_left > :soon_days
        and open_work.working_days_left <= :next_days
    ) as due_next,
    count(*) filter (where open_work.was_open_week_before) as open_before,
    count(*) filter (where open_work.is_open and not open_work.was_open_week_before) as came,
    count(*) filter (where open_work.was_open_week_before and not open_work.is_open) as done,
    count(*) filter (where open_work.is_late and not open_work.was_late_week_before) as became_late,
    max(open_work.working_days_used) filter (where open_work.is_open) as longest_working_days
from release.marts__indicator_open_work as open_work
where open_work.release_id = :release and open_work.authority_code = :authority and open_work.clock_code <> 'PLAN'
group by open_work.team_key, open_work.clock_code
