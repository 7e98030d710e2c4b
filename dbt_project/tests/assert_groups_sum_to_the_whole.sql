-- Groups that the register calls additive sum to their whole: numerators always, denominators where they are the
-- groups' own.

with groups as (
    select
        figures.authority_code,
        figures.indicator_code,
        figures.period_type,
        figures.period_label,
        figures.breakdown,
        sum(figures.numerator) as numerator,
        sum(figures.denominator) as denominator
    from {{ ref('indicator_values') }} as figures
    inner join {{ ref('indicators') }} as register
        on
            register.code = figures.indicator_code
            and figures.breakdown = any(string_to_array(register.additive_breakdowns, '|'))
    group by
        figures.authority_code, figures.indicator_code, figures.period_type, figures.period_label, figures.breakdown
),

wholes as (
    select
        figures.authority_code,
        figures.indicator_code,
        figures.period_type,
        figures.period_label,
        figures.numerator,
        figures.denominator,
        register.breakdown_denominator,
        additive_breakdown
    from {{ ref('indicator_values') }} as figures
    inner join {{ ref('indicators') }} as register on register.code = figures.indicator_code
    cross join lateral unnest(string_to_array(register.additive_breakdowns, '|')) as additive_breakdown
    where figures.breakdown = 'all'
)

select
    wholes.authority_code,
    wholes.indicator_code,
    wholes.period_label,
    wholes.additive_breakdown,
    wholes.numerator as whole_numerator,
    groups.numerator as sum_of_numerators,
    wholes.denominator as whole_denominator,
    groups.denominator as sum_of_denominators
from wholes
left join groups
    on
        groups.authority_code = wholes.authority_code
        and groups.indicator_code = wholes.indicator_code
        and groups.period_type = wholes.period_type
        and groups.period_label = wholes.period_label
        and groups.breakdown = wholes.additive_breakdown
where
    coalesce(groups.numerator, 0) is distinct from wholes.numerator
    or (
        wholes.breakdown_denominator = 'group'
        and coalesce(groups.denominator, case when wholes.denominator is not null then 0 end)
        is distinct from wholes.denominator
    )
