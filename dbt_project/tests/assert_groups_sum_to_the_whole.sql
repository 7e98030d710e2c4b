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
            figures.indicator_code = register.code
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
    inner join {{ ref('indicators') }} as register on figures.indicator_code = register.code
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
        wholes.authority_code = groups.authority_code
        and wholes.indicator_code = groups.indicator_code
        and wholes.period_type = groups.period_type
        and wholes.period_label = groups.period_label
        and wholes.additive_breakdown = groups.breakdown
where
    coalesce(groups.numerator, 0) is distinct from wholes.numerator
    or (
        wholes.breakdown_denominator = 'group'
        and coalesce(groups.denominator, case when wholes.denominator is not null then 0 end)
        is distinct from wholes.denominator
    )
