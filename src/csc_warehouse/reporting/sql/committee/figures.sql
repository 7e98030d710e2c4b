with wanted as (
    select
        min(period_start_date) as start_date,
        max(period_end_date) as end_date
    from release.reporting__rpt_scorecard
    where release_id = :release and authority_code = :authority and profile = :profile and period_label = :period
)

select s.*
from release.reporting__rpt_scorecard as s
cross join wanted as w
where
    s.release_id = :release and s.authority_code = :authority and s.profile = :profile and s.breakdown = 'all'
    and (
        s.period_label = :period
        or (s.period_type = 'quarter' and s.period_start_date >= w.start_date and s.period_end_date <= w.end_date)
    )
order by s.indicator_code, s.period_end_date, s.period_start_date desc
