select
    f.indicator_code,
    s.title,
    f.period_label,
    f.revised_display,
    f.display,
    f.revision_reason
from quality.signed_figures as f
inner join release.reporting__rpt_scorecard as s
    on
        f.release_id = s.release_id and f.profile = s.profile and f.authority_code = s.authority_code
        and f.indicator_code = s.indicator_code and f.period_type = s.period_type and f.period_label = s.period_label
        and f.breakdown = s.breakdown and f.breakdown_value = s.breakdown_value
where
    f.release_id = :release and f.authority_code = :authority and f.profile = :profile
    and f.breakdown = 'all' and f.revision_reason is not null
order by f.indicator_code, s.period_start_date, s.period_type
