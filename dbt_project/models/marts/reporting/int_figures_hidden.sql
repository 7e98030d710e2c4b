-- The one place that decides what is hidden, for whom and why. It holds no figure.

with recursive settings as (
    select * from {{ source('run', 'run_settings') }}
),

figure_sums as (
    select * from {{ ref('figure_sums') }}
),

families as (
    select distinct
        indicator_code,
        family
    from figure_sums
),

cells as materialized (
    select
        row_number() over (
            order by
                audience.profile, figures.authority_code, figures.indicator_code, figures.period_start_date,
                figures.period_end_date, figures.period_type, figures.breakdown, figures.breakdown_value
        ) as cell_id,
        -- no sum reaches beyond one authority, and one indicator or its family
        dense_rank() over (
            order by
                audience.profile, figures.authority_code, families.family, coalesce(families.family, register.code)
        ) as group_id,
        audience.profile,
        figures.authority_code,
        figures.indicator_code,
        figures.period_type,
        figures.period_label,
        figures.breakdown,
        figures.breakdown_value,
        register.value_type,
        register.value_type = 'count' as is_count,
        register.is_additive_over_periods,
        string_to_array(register.additive_breakdowns, '|') as additive_breakdowns,
        case register.value_type when 'count' then figures.numerator else figures.denominator end as measure,
        -- of equals the same group is hidden in every period, and the latest period before earlier ones
        figures.breakdown_value || '|' || (date '2100-01-01' - figures.period_start_date)::text as cell_order,
        {{ small_number(
            'audience.profile', 'register.value_type', 'figures.numerator', 'figures.denominator',
            'settings.smallest_shown_count', 'settings.smallest_shown_denominator'
        ) }} as reason
    from {{ ref('indicator_values') }} as figures
    inner join {{ ref('indicators') }} as register
        on figures.indicator_code = register.code and register.is_about_children
    left join families on figures.indicator_code = families.indicator_code
    cross join settings
    cross join lateral unnest(settings.profiles) as audience (profile)
    -- a nought with nothing behind it hides nobody
    where figures.numerator <> 0 or coalesce(figures.denominator, 0) <> 0
),

-- sums over time: each longer period is the shorter ones in it
period_sums as (
    select
        totals.authority_code,
        totals.period_type || '|' || totals.period_label || '|' || kinds.part_type as sum_name,
        parts.period_type,
        parts.period_label,
        false as is_total
    from {{ ref('dim_periods') }} as totals
    inner join (
        values
        ('quarter', 'month'), ('half_year', 'quarter'), ('year', 'half_year'), ('year_to_date', 'quarter')
    ) as kinds (total_type, part_type) on totals.period_type = kinds.total_type
    inner join {{ ref('dim_periods') }} as parts
        on
            totals.authority_code = parts.authority_code
            and kinds.part_type = parts.period_type
            and totals.period_start_date <= parts.period_start_date
            and totals.period_end_date >= parts.period_end_date
    union all
    select
        totals.authority_code,
        totals.period_type || '|' || totals.period_label || '|' || kinds.part_type as sum_name,
        totals.period_type,
        totals.period_label,
        true as is_total
    from {{ ref('dim_periods') }} as totals
    inner join (
        values
        ('quarter', 'month'), ('half_year', 'quarter'), ('year', 'half_year'), ('year_to_date', 'quarter')
    ) as kinds (total_type, part_type) on totals.period_type = kinds.total_type
    union all
    -- a year to date is the one before it and one quarter, and at the end of a half or a year it is that half or year
    select
        totals.authority_code,
        'year_to_date|' || totals.period_label || '|' || parts.period_type as sum_name,
        member.period_type,
        member.period_label,
        member.is_total
    from {{ ref('dim_periods') }} as totals
    inner join {{ ref('dim_periods') }} as parts
        on
            totals.authority_code = parts.authority_code
            and totals.period_start_date = parts.period_start_date
            and (
                (parts.period_type in ('half_year', 'year') and totals.period_end_date = parts.period_end_date)
                or (
                    parts.period_type = 'year_to_date'
                    and parts.period_end_date = (totals.period_end_date + 1 - interval '3 months')::date - 1
                )
            )
    inner join {{ ref('dim_periods') }} as quarters
        on
            totals.authority_code = quarters.authority_code
            and quarters.period_type = 'quarter'
            and totals.period_end_date = quarters.period_end_date
    cross join
        lateral (
            values
            (totals.period_type, totals.period_label, true),
            (parts.period_type, parts.period_label, false),
            (
                case when parts.period_type = 'year_to_date' then quarters.period_type end, quarters.period_label, false
            )
        ) as member (period_type, period_label, is_total)
    where totals.period_type = 'year_to_date' and member.period_type is not null
),

members as materialized (
    -- groups and the whole that they sum to
    select
        hashtextextended(
            concat_ws(
                '|', 'groups', groups.profile, groups.authority_code, groups.indicator_code, groups.period_type,
                groups.period_label, groups.breakdown
            ), 0
        ) as equation_id,
        groups.cell_id,
        false as is_total,
        groups.is_count,
        true as may_be_hidden
    from cells as groups
    where groups.breakdown = any(groups.additive_breakdowns)
    union all
    select
        hashtextextended(
            concat_ws(
                '|', 'groups', wholes.profile, wholes.authority_code, wholes.indicator_code, wholes.period_type,
                wholes.period_label, additive_breakdown
            ), 0
        ) as equation_id,
        wholes.cell_id,
        true as is_total,
        wholes.is_count,
        true as may_be_hidden
    from cells as wholes
    cross join lateral unnest(wholes.additive_breakdowns) as additive_breakdown
    where wholes.breakdown = 'all'
    union all
    select
        hashtextextended(
            concat_ws(
                '|', 'periods', cells.profile, cells.authority_code, cells.indicator_code, cells.breakdown,
                cells.breakdown_value, period_sums.sum_name
            ), 0
        ) as equation_id,
        cells.cell_id,
        period_sums.is_total,
        cells.is_count,
        true as may_be_hidden
    from cells
    inner join period_sums
        on
            cells.authority_code = period_sums.authority_code
            and cells.period_type = period_sums.period_type
            and cells.period_label = period_sums.period_label
    where
        cells.is_additive_over_periods
        and (cells.breakdown = 'all' or cells.breakdown = any(cells.additive_breakdowns))
    union all
    -- figures of several indicators of which the last can be worked out; a percentage tells both its terms
    select
        hashtextextended(
            concat_ws(
                '|', 'figures', cells.profile, cells.authority_code, figure_sums.sum_name, cells.period_type,
                cells.period_label, cells.breakdown, cells.breakdown_value
            ), 0
        ) as equation_id,
        cells.cell_id,
        false as is_total,
        false as is_count,
        figure_sums.may_be_hidden
    from cells
    inner join figure_sums on cells.indicator_code = figure_sums.indicator_code
),

{{ suppress('cells', 'members', '(select smallest_shown_count from settings)') }}

select
    cells.profile,
    cells.authority_code,
    cells.indicator_code,
    cells.period_type,
    cells.period_label,
    cells.breakdown,
    cells.breakdown_value,
    case when cells.profile = 'committee' and cells.value_type = 'percent' then 'terms' else 'figure' end as hides,
    min(hidden_cells.reason) as reason
from hidden_cells
inner join cells on hidden_cells.cell_id = cells.cell_id
group by
    cells.profile, cells.authority_code, cells.indicator_code, cells.period_type, cells.period_label, cells.breakdown,
    cells.breakdown_value, cells.value_type
