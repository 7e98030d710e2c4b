-- to which side unknown facts could move a figure; by how much is nobody's to read, since it tells how few they are
select
    b.indicator_code,
    b.period_label,
    bool_or(b.upper_bound > s.value + 0.0000001) as may_be_higher,
    bool_or(b.lower_bound < s.value - 0.0000001) as may_be_lower
from quality.indicator_bounds as b
inner join release.reporting__rpt_indicator_series as s
    on
        b.release_id = s.release_id and b.authority_code = s.authority_code and b.indicator_code = s.indicator_code
        and b.period_type = s.period_type and b.period_label = s.period_label and s.breakdown = 'all'
where b.release_id = :release and b.authority_code = :authority and s.profile = :profile and s.numerator is not null
group by b.indicator_code, b.period_label
order by b.indicator_code, b.period_label
