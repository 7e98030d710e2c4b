with revised as (
    select distinct on (s.indicator_code, s.period_type, s.period_label, s.breakdown, s.breakdown_value)
        s.*,
        before.display as display_before
    from release.reporting__rpt_indicator_series as s
    inner join quality.figures_signed_last as before
        on
            s.profile = before.profile
            and s.authority_code = before.authority_code
            and s.indicator_code = before.indicator_code
            and s.period_type = before.period_type
            and s.period_label = before.period_label
            and s.breakdown = before.breakdown
            and s.breakdown_value = before.breakdown_value
            and (before.value is distinct from s.value::double precision or before.display is distinct from s.display)
    where s.release_id = :release and s.authority_code = :authority
    order by
        s.indicator_code, s.period_type, s.period_label, s.breakdown, s.breakdown_value,
        (s.profile = 'committee') desc
)

select
    indicator_code,
    title,
    breakdown,
    breakdown_value,
    period_label,
    display_before,
    display
from revised
order by
    breakdown <> 'all', indicator_code, period_start_date, period_type, breakdown, breakdown_value
