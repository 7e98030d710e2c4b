select
    s.indicator_code,
    s.period_type,
    s.period_label,
    s.breakdown,
    s.breakdown_value,
    v.period_start_date,
    p.effective_end_date,
    v.numerator::double precision as numerator,
    v.denominator::double precision as denominator,
    s.numerator::double precision as shown_numerator,
    s.denominator::double precision as shown_denominator,
    s.value::double precision as shown_value
from reporting_candidate.rpt_indicator_series as s
inner join marts_candidate.indicator_values as v
    on
        s.authority_code = v.authority_code
        and s.indicator_code = v.indicator_code
        and s.period_type = v.period_type
        and s.period_label = v.period_label
        and s.breakdown = v.breakdown
        and s.breakdown_value = v.breakdown_value
inner join marts_candidate.dim_periods as p
    on s.authority_code = p.authority_code and s.period_type = p.period_type and s.period_label = p.period_label
inner join marts_candidate.indicators as r
    on s.indicator_code = r.code
where s.authority_code = :authority and s.profile = :profile and r.is_about_children
