-- Against what readers see now: figures of periods that had ended then and have ended now should stand, give or take
-- what was recorded late. Nothing to compare with on a first night, nor when an earlier day is built.
{% if has_published %}
    with published as (
        select v.*
        from marts.indicator_values as v
        inner join staging.run_context as context
            on v.authority_code = context.authority_code and v.as_at_date <= context.as_at_date
        where v.breakdown = 'all' and v.period_type = 'month' and v.status = 'final'
    ),

    compared as (
        select
            published.authority_code,
            published.indicator_code,
            register.flow_or_stock,
            sum(published.numerator)::double precision as before_sum,
            sum(figures.numerator)::double precision as now_sum,
            count(*) as months,
            count(*) filter (where figures.numerator is distinct from published.numerator) as revised
        from published
        inner join marts_candidate.indicators as register
            on
                published.indicator_code = register.code
                and register.value_type in ('count', 'percent')
                and not register.is_corporate
        left join marts_candidate.indicator_values as figures
            on
                published.authority_code = figures.authority_code
                and published.indicator_code = figures.indicator_code
                and published.period_type = figures.period_type
                and published.period_label = figures.period_label
                and figures.breakdown = 'all'
        group by published.authority_code, published.indicator_code, register.flow_or_stock
    )

    select
        authority_code,
        'HIS01' as check_code,
        indicator_code as subject,
        coalesce(now_sum, 0) / before_sum as value,
        months as checked,
        revised as failed
    from compared
    -- what stood open in the past may shrink by right: cases that were forgotten are ended as at the day they should
    -- have been
    where before_sum >= 100 and flow_or_stock = 'flow'
    union all
    select
        authority_code,
        'HIS02',
        indicator_code,
        abs(coalesce(now_sum, 0) / before_sum - 1),
        months,
        revised
    from compared
    where before_sum >= 100
{% else %}
    select
        null::text as authority_code,
        null::text as check_code,
        null::text as subject,
        null::double precision as value,
        null::bigint as checked,
        null::bigint as failed
    where false
{% endif %}
