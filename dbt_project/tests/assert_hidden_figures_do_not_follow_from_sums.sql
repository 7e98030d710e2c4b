-- An attack by subtraction on what is shown: a sum (groups to a whole, shorter periods to a longer one) in which
-- just one figure is hidden tells that figure. A sum speaks only when all its parts are published (indicators.md
-- section 5): what began before the history that is held has parts that nobody has.

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
    inner join
        {{ ref('indicators') }} as register
        on series.indicator_code = register.code and register.is_about_children
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
            parts.profile = wholes.profile
            and parts.authority_code = wholes.authority_code
            and parts.indicator_code = wholes.indicator_code
            and parts.period_type = wholes.period_type
            and parts.period_label = wholes.period_label
            and wholes.breakdown = 'all'
    where parts.breakdown = any(parts.additive_breakdowns)
    group by parts.profile, parts.authority_code, parts.indicator_code, total, parts.breakdown
),

kinds (longer_type, shorter_type) as (
    values ('quarter', 'month'), ('half_year', 'quarter'), ('year_to_date', 'quarter'), ('year', 'half_year')
),

-- the shorter periods that are published leave no day of the longer one out
complete_periods as (
    select
        longer.profile,
        longer.authority_code,
        longer.indicator_code,
        longer.period_type,
        longer.period_label
    from shown as longer
    inner join kinds on longer.period_type = kinds.longer_type
    inner join shown as shorter
        on
            longer.profile = shorter.profile
            and longer.authority_code = shorter.authority_code
            and longer.indicator_code = shorter.indicator_code
            and kinds.shorter_type = shorter.period_type
            and longer.period_start_date <= shorter.period_start_date
            and longer.period_end_date >= shorter.period_end_date
    where longer.breakdown = 'all' and shorter.breakdown = 'all'
    group by
        longer.profile, longer.authority_code, longer.indicator_code, longer.period_type, longer.period_label,
        longer.period_start_date
    having
        sum(shorter.period_end_date - shorter.period_start_date + 1)
        = max(shorter.period_end_date) - longer.period_start_date + 1
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
    inner join kinds on shorter.period_type = kinds.shorter_type
    inner join shown as longer
        on
            shorter.profile = longer.profile
            and shorter.authority_code = longer.authority_code
            and shorter.indicator_code = longer.indicator_code
            and shorter.breakdown = longer.breakdown
            and shorter.breakdown_value = longer.breakdown_value
            and kinds.longer_type = longer.period_type
            and shorter.period_start_date >= longer.period_start_date
            and shorter.period_end_date <= longer.period_end_date
    inner join complete_periods
        on
            longer.profile = complete_periods.profile
            and longer.authority_code = complete_periods.authority_code
            and longer.indicator_code = complete_periods.indicator_code
            and longer.period_type = complete_periods.period_type
            and longer.period_label = complete_periods.period_label
    where
        shorter.is_additive_over_periods
        and (shorter.breakdown = 'all' or shorter.breakdown = any(shorter.additive_breakdowns))
    group by
        shorter.profile, shorter.authority_code, shorter.indicator_code, total, shorter.breakdown,
        shorter.breakdown_value
)

select * from group_sums
where hidden_members = 1
union all
select * from period_sums
where hidden_members = 1
