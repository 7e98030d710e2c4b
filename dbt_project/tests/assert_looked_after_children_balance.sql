-- Open at the end of the month before, and those who started, less those who ceased, are open at the end of the month.

with monthly as (
    select
        figures.authority_code,
        figures.period_label,
        figures.period_start_date,
        max(figures.numerator) filter (where figures.indicator_code = 'LAC01') as looked_after,
        max(figures.numerator) filter (where figures.indicator_code = 'LAC02') as started,
        max(figures.numerator) filter (where figures.indicator_code = 'LAC03') as ceased
    from {{ ref('indicator_values') }} as figures
    where
        figures.period_type = 'month'
        and figures.breakdown = 'all'
        and figures.indicator_code in ('LAC01', 'LAC02', 'LAC03')
    group by figures.authority_code, figures.period_label, figures.period_start_date
),

followed as (
    select
        monthly.*,
        lag(monthly.looked_after) over (
            partition by monthly.authority_code
            order by monthly.period_start_date
        ) as looked_after_before
    from monthly
)

select *
from followed
where
    looked_after_before is not null
    and looked_after_before + started - ceased is distinct from looked_after
