select
    s.indicator_code,
    s.period_type,
    s.period_label,
    s.period_start_date,
    s.period_end_date,
    s.breakdown,
    s.breakdown_value,
    s.numerator,
    s.denominator,
    s.value,
    s.display,
    s.status,
    s.previous_value,
    s.target,
    s.rating,
    s.direction,
    s.grade,
    s.caveat
from release.reporting__rpt_indicator_series as s
where
    s.release_id = :release and s.authority_code = :authority and s.profile = :profile
    and s.period_type in ('quarter', 'half_year', 'year', :period_type)
    and s.period_start_date >= :from_date and s.period_end_date <= :to_date
order by s.indicator_code, s.period_type, s.period_end_date, s.breakdown, s.breakdown_value
