-- before anybody signs: what the signature would revise
select
    s.indicator_code,
    s.title,
    s.period_label,
    f.display as revised_display,
    s.display,
    null as revision_reason
from release.reporting__rpt_scorecard as s
inner join quality.figures_signed_last as f
    on
        s.authority_code = f.authority_code and s.profile = f.profile and s.indicator_code = f.indicator_code
        and s.period_type = f.period_type and s.period_label = f.period_label and s.breakdown = f.breakdown
        and s.breakdown_value = f.breakdown_value
where
    s.release_id = :release and s.authority_code = :authority and s.profile = :profile and f.release_id < :release
    and (f.value is distinct from s.value::double precision or f.display is distinct from s.display)
order by s.indicator_code, s.period_start_date, s.period_type
