select distinct on (figures.indicator_code)
    figures.indicator_code,
    figures.period_label,
    figures.display,
    figures.denominator,
    bounds.sentence as bounds
from release.reporting__rpt_scorecard as figures
left join quality.indicator_bounds as bounds
    on
        figures.release_id = bounds.release_id and figures.authority_code = bounds.authority_code
        and figures.indicator_code = bounds.indicator_code and figures.period_label = bounds.period_label
        and figures.period_type = bounds.period_type
where
    figures.release_id = :release_id and figures.authority_code = :authority_code and figures.profile = :profile
    and figures.breakdown = 'all' and figures.period_end_date <= :as_at_date
    and figures.period_type in ('quarter', 'half_year', 'year')
order by
    figures.indicator_code,
    case figures.period_type when 'quarter' then 0 when 'half_year' then 1 else 2 end,
    figures.period_end_date desc
