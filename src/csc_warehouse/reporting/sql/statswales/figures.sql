select
    s.authority_code,
    s.indicator_code,
    r.value_type,
    r.title,
    r.title_cy,
    s.period_type,
    s.period_label,
    s.breakdown,
    s.breakdown_value,
    s.value,
    s.numerator,
    s.denominator,
    s.status,
    s.release_id,
    s.as_at_date,
    (
        select count(*)
        from marts.series_breaks as b
        where
            b.indicator_code = s.indicator_code
            and b.authority_code in ('all', s.authority_code)
            and b.break_date between s.period_start_date and least(s.period_end_date, s.as_at_date)
    ) > 0 as is_break,
    -- it had ended, was shown, and showed another number
    coalesce(
        e.status = 'final'
        and s.status <> 'suppressed'
        and (e.value, e.numerator, e.denominator) is distinct from (s.value, s.numerator, s.denominator),
        false
    ) as is_revised
from reporting.rpt_indicator_series as s
inner join marts.indicators as r on s.indicator_code = r.code
left join release.reporting__rpt_indicator_series as e
    on
        e.release_id = cast(:earlier as bigint)
        and s.profile = e.profile
        and s.authority_code = e.authority_code
        and s.indicator_code = e.indicator_code
        and s.period_type = e.period_type
        and s.period_label = e.period_label
        and s.breakdown = e.breakdown
        and s.breakdown_value = e.breakdown_value
where
    s.profile = :profile
    and s.authority_code = :authority
    and s.period_type in ('year', 'quarter')
    and (cast(:period as text) is null or s.period_label = :period)
order by
    s.indicator_code,
    s.period_start_date,
    s.period_type,
    s.breakdown <> 'all',
    s.breakdown,
    s.breakdown_value
