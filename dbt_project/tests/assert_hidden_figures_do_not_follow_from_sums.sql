-- An attack by subtraction on what is shown: a sum (groups to a whole, shorter periods to a longer one) in which just one
-- figure is hidden tells that figure.

with shown as (
    select
        series.profile,
        series.authority_code,
        series.indicator_code,
        series.period_type,
        series.period_label,
        series.period_start_date,
        series.period_end_date,
        series.breakdown,
        series.breakdown_value,
        series.numerator is null as is_hidden,
        register.is_additive_over_periods,
        string_to_array(register.additive_breakdowns, '|') as additive_breakdowns
    from {{ ref('rpt_indicator_series') }} as series
    inner join {{ ref('indicators') }} as register on register.code = series.indicator_code and register.is_about_children
),

group_sums as (
    select
        parts.profile,
        parts.authority_code,
        parts.indicator_code,
        parts.period_type || ' ' || parts.period_label as total,
        parts.breakdown as part_of,
        count(*) filter (where parts.is_hidden) + max(wholes.is_hidden::integer) as hidden_members
    from shown as parts
    inner join shown as wholes
        on
            wholes.profile = parts.profile
            and wholes.authority_code = parts.authority_code
            and wholes.indicator_code = parts.indicator_code
            and wholes.period_type = parts.period_type
            and wholes.period_label = parts.period_label
            and wholes.breakdown = 'all'
    where parts.breakdown = any(parts.additive_breakdowns)
    group by parts.profile, parts.authority_code, parts.indicator_code, total, parts.breakdown
),

kinds (longer_type, shorter_type) as (
    values ('quarter', 'month'), ('half_year', 'quarter'), ('year_to_date', 'quarter'), ('year', 'half_year')
),

period_sums as (
    select
        shorter.profile,
        shorter.authority_code,
        shorter.indicator_code,
        longer.period_type || ' ' || longer.period_label as total,
        shorter.breakdown || ' ' || shorter.breakdown_value as part_of,
        count(*) filter (where shorter.is_hidden) + max(longer.is_hidden::integer) as hidden_members
    from shown as shorter
    inner join kinds on kinds.shorter_type = shorter.period_type
    inner join shown as longer
        on
            longer.profile = shorter.profile
            and longer.authority_code = shorter.authority_code
            and longer.indicator_code = shorter.indicator_code
            and longer.breakdown = shorter.breakdown
            and longer.breakdown_value = shorter.breakdown_value
            and longer.period_type = kinds.longer_type
            and shorter.period_start_date >= longer.period_start_date
            and shorter.period_end_date <= longer.period_end_date
    where
        shorter.is_additive_over_periods
        and (shorter.breakdown = 'all' or shorter.breakdown = any(shorter.additive_breakdowns))
    group by
        shorter.profile, shorter.authority_code, shorter.indicator_code, total, shorter.breakdown,
        shorter.breakdown_value
)

select * from group_sums where hidden_members = 1
union all
select * from period_sums where hidden_members = 1
