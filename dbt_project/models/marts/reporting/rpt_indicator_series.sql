-- Figures for people: suppressed, displayed, rated, compared. What is hidden is decided in int_figures_hidden; from
-- here on a hidden figure is not known. Target, comparator and direction belong to the whole alone.

with settings as (
    select * from {{ source('run', 'run_settings') }}
),

grades as (
    select
        grades.authority_code,
        grades.indicator_code,
        grades.grade,
        grades.caveat
    from {{ source('quality', 'indicator_grades') }} as grades
    inner join {{ source('context', 'run_context') }} as context
        on grades.run_id = context.run_id and grades.authority_code = context.authority_code
),

-- how much single records of a mean differ, for the test of a change
monthly_spreads as (
    select
        records.authority_code,
        records.indicator_code,
        date_trunc('month', records.counting_from_date::timestamp)::date as month_start_date,
        count(*) as number_of_records,
        sum(records.amount) as total,
        sum(records.amount * records.amount) as total_of_squares
    from {{ ref('indicator_records') }} as records
    inner join {{ ref('indicators') }} as register
        on records.indicator_code = register.code and register.value_type = 'mean'
    where records.is_in_denominator
    group by records.authority_code, records.indicator_code, month_start_date
),

spreads as (
    select
        spreads.authority_code,
        spreads.indicator_code,
        periods.period_type,
        periods.period_label,
        (sum(spreads.total_of_squares) - sum(spreads.total) ^ 2 / sum(spreads.number_of_records))
        / nullif(sum(spreads.number_of_records) - 1, 0) as variance
    from monthly_spreads as spreads
    inner join {{ ref('dim_periods') }} as periods
        on
            spreads.authority_code = periods.authority_code
            and spreads.month_start_date between periods.period_start_date and periods.effective_end_date
    group by spreads.authority_code, spreads.indicator_code, periods.period_type, periods.period_label
),

figures as (
    select
        audience.profile,
        figures.*,
        register.local_code,
        register.title,
        register.unit,
        register.value_type,
        register.flow_or_stock,
        register.good_direction,
        periods.previous_period_label,
        periods.financial_year,
        periods.is_ended,
        hidden.hides,
        audience.profile = 'rounded' and register.is_about_children as is_rounded,
        spreads.variance
    from {{ ref('indicator_values') }} as figures
    inner join {{ ref('indicators') }} as register on figures.indicator_code = register.code
    inner join {{ ref('dim_periods') }} as periods
        on
            figures.authority_code = periods.authority_code
            and figures.period_type = periods.period_type
            and figures.period_label = periods.period_label
    cross join settings
    cross join lateral unnest(settings.profiles) as audience (profile)
    left join {{ ref('int_figures_hidden') }} as hidden
        on
            audience.profile = hidden.profile
            and figures.authority_code = hidden.authority_code
            and figures.indicator_code = hidden.indicator_code
            and figures.period_type = hidden.period_type
            and figures.period_label = hidden.period_label
            and figures.breakdown = hidden.breakdown
            and figures.breakdown_value = hidden.breakdown_value
    left join spreads
        on
            figures.authority_code = spreads.authority_code
            and figures.indicator_code = spreads.indicator_code
            and figures.period_type = spreads.period_type
            and figures.period_label = spreads.period_label
            and figures.breakdown = 'all'
),

-- the terms as far as they may be known, and the value that they give: a percentage whose terms are hidden is rounded,
-- since its digits tell them, and one of rounded numbers tells no more than these
terms as (
    select
        figures.*,
        case when figures.hides is null then {{ rounded_term('figures.is_rounded', 'figures.numerator') }} end
            as shown_numerator,
        case when figures.hides is null then {{ rounded_term('figures.is_rounded', 'figures.denominator') }} end
            as shown_denominator
    from figures
),

shown as (
    select
        terms.*,
        -- what a test of the terms would say of a change tells of the terms
        terms.hides is null and not terms.is_rounded as is_exact,
        case
            when terms.hides = 'figure' or terms.value is null then null
            when terms.hides = 'terms' then round(terms.value, 1)
            when not terms.is_rounded then terms.value
            when terms.value_type = 'percent'
                then trim_scale(100 * terms.shown_numerator / nullif(terms.shown_denominator, 0))
            when terms.value_type = 'mean' then trim_scale(terms.shown_numerator / nullif(terms.shown_denominator, 0))
            else terms.shown_numerator
        end as shown_value
    from terms
),

comparators as (
    select distinct on (periods.authority_code, comparators.indicator_code, periods.financial_year)
        periods.authority_code,
        comparators.indicator_code,
        periods.financial_year,
        comparators.value as comparator,
        comparators.scope || ' ' || comparators.period_label as comparator_label,
        case comparators.scope when 'Wales' then 'the Welsh average of ' else comparators.scope || ' in ' end
        || comparators.period_label as comparator_words
    from {{ ref('comparators') }} as comparators
    inner join {{ ref('dim_periods') }} as periods
        on
            periods.period_type = 'year'
            -- nobody could have shown it before it was published, nor beside an earlier year
            and comparators.published_on_date <= periods.as_at_date
            and comparators.period_label <= periods.financial_year
            and (comparators.scope = 'Wales' or comparators.scope_code = periods.authority_code)
    -- that of a part of a year stands beside no figure: it would pass for the latest
    where comparators.value is not null and comparators.period_type = 'year'
    order by
        periods.authority_code,
        comparators.indicator_code,
        periods.financial_year,
        comparators.scope = 'Wales' desc,
        comparators.period_label desc
),

breaks as (
    select
        periods.authority_code,
        breaks.indicator_code,
        periods.period_type,
        periods.period_label,
        string_agg(breaks.reason, ' ' order by breaks.break_date) as reasons
    from {{ ref('series_breaks') }} as breaks
    inner join {{ ref('dim_periods') }} as periods
        on
            breaks.authority_code in ('all', periods.authority_code)
            and breaks.break_date between periods.period_start_date and periods.effective_end_date
    group by periods.authority_code, breaks.indicator_code, periods.period_type, periods.period_label
),

compared as (
    select
        shown.*,
        case when shown.hides = 'figure' then 'suppressed' else shown.status end as shown_status,
        targets.target_value as target,
        case targets.comparison when 'at_most' then 'at most ' else 'at least ' end
        || {{ displayed('shown.value_type', 'targets.target_value', "'final'") }}
        || case when shown.value_type in ('count', 'mean') then ' ' || shown.unit else '' end as target_words,
        {{ rated('shown.shown_value', 'targets.comparison', 'targets.target_value', 'settings.amber_margin_percent') }}
            as rating,
        comparators.comparator,
        comparators.comparator_label,
        comparators.comparator_words,
        previous.shown_value as previous_value,
        {{ displayed('shown.value_type', 'previous.shown_value', "'final'") }} as previous_display,
        case
            -- part of a period holds fewer events than a whole one, whatever happened
            when shown.value_type = 'count' and shown.flow_or_stock = 'flow' and not shown.is_ended then null
            when not (shown.is_exact and previous.is_exact) then null
            else {{ directed(
                'shown.value_type', 'shown.good_direction', 'shown.shown_value', 'previous.shown_value',
                change_score('shown.value_type', 'shown', 'previous'), 'settings.change_z_score'
            ) }}
        end as direction,
        -- how far apart two shown figures are tells nothing that they do not
        shown.value_type in ('percent', 'mean')
        and previous.shown_value is not null
        and not (shown.is_exact and previous.is_exact) as is_change_untested,
        grades.grade,
        nullif(concat_ws(' ', grades.caveat, breaks.reasons), '') as caveat
    from shown
    cross join settings
    left join shown as previous
        on
            shown.profile = previous.profile
            and shown.authority_code = previous.authority_code
            and shown.indicator_code = previous.indicator_code
            and shown.period_type = previous.period_type
            and shown.previous_period_label = previous.period_label
            and shown.breakdown = previous.breakdown
            and shown.breakdown_value = previous.breakdown_value
            and shown.breakdown = 'all'
    left join {{ ref('targets') }} as targets
        on
            shown.indicator_code = targets.indicator_code
            and shown.authority_code = targets.authority_code
            and shown.period_start_date >= targets.valid_from_date
            and (targets.valid_to_date is null or shown.period_start_date < targets.valid_to_date)
            and shown.breakdown = 'all'
    left join comparators
        on
            shown.authority_code = comparators.authority_code
            and shown.indicator_code = comparators.indicator_code
            and shown.financial_year = comparators.financial_year
            and shown.breakdown = 'all'
    left join breaks
        on
            shown.authority_code = breaks.authority_code
            and shown.indicator_code = breaks.indicator_code
            and shown.period_type = breaks.period_type
            and shown.period_label = breaks.period_label
    left join grades
        on shown.authority_code = grades.authority_code and shown.indicator_code = grades.indicator_code
)

select
    compared.profile,
    compared.authority_code,
    compared.indicator_code,
    compared.local_code,
    compared.title,
    compared.period_type,
    compared.period_label,
    compared.period_start_date,
    compared.period_end_date,
    compared.breakdown,
    compared.breakdown_value,
    compared.shown_numerator as numerator,
    compared.shown_denominator as denominator,
    compared.shown_value as value,
    case
        when compared.is_rounded and compared.shown_status = 'suppressed' then '*'
        else {{ displayed('compared.value_type', 'compared.shown_value', 'compared.shown_status') }}
    end as display,
    compared.unit,
    compared.shown_status as status,
    compared.target,
    compared.rating,
    compared.comparator,
    compared.comparator_label,
    compared.previous_value,
    compared.direction,
    compared.grade,
    compared.caveat,
    compared.as_at_date,
    {{ commentary('compared') }} as commentary
from compared
