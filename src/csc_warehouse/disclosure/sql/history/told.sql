with shown as (
    select
        release_id,
        authority_code,
        profile,
        indicator_code,
        period_type,
        period_label,
        breakdown,
        breakdown_value,
        numerator,
        denominator,
        value,
        status
    from release.reporting__rpt_indicator_series
    where not cast(:is_signed as boolean)
    union all
    select
        release_id,
        authority_code,
        profile,
        indicator_code,
        period_type,
        period_label,
        breakdown,
        breakdown_value,
        numerator,
        denominator,
        value,
        status
    from quality.signed_figures
    where cast(:is_signed as boolean)
)

select
    v.indicator_code,
    v.breakdown,
    v.breakdown_value,
    v.period_start_date,
    p.effective_end_date,
    v.numerator::double precision as numerator,
    v.denominator::double precision as denominator,
    min(case when shown.status = 'suppressed' then 2 when shown.numerator is null then 1 else 0 end) as state
from release.marts__indicator_values as v
inner join release.marts__dim_periods as p
    on
        v.release_id = p.release_id
        and v.authority_code = p.authority_code
        and v.period_type = p.period_type
        and v.period_label = p.period_label
inner join shown
    on
        v.release_id = shown.release_id
        and v.authority_code = shown.authority_code
        and v.indicator_code = shown.indicator_code
        and v.period_type = shown.period_type
        and v.period_label = shown.period_label
        and v.breakdown = shown.breakdown
        and v.breakdown_value = shown.breakdown_value
where
    v.authority_code = :authority
    and v.release_id = any(:releases)
    and v.indicator_code = any(:codes)
    and shown.profile = :profile
group by
    v.indicator_code,
    v.breakdown,
    v.breakdown_value,
    v.period_start_date,
    p.effective_end_date,
    v.numerator,
    v.denominator
