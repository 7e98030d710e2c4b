-- A population is public, so a rate tells its numerator: it is made of the number that the series shows, of nothing
-- else, and is hidden with it.

with figures as (
    select * from {{ ref('rpt_indicator_series') }}
    where breakdown = 'all'
),

rates as (
    select * from {{ ref('indicator_rates') }}
),

register as (
    select * from {{ ref('indicators') }}
),

shown as (
    select
        figures.*,
        register.flow_or_stock,
        rates.population_group,
        rates.population,
        rates.population_date,
        rates.population_year,
        rates.population_source,
        rates.is_made_up,
        rates.per_population,
        trim_scale(rates.per_population * figures.value / rates.population) as rate
    from figures
    inner join rates
        on
            figures.authority_code = rates.authority_code
            and figures.indicator_code = rates.indicator_code
            and figures.period_type = rates.period_type
            and figures.period_label = rates.period_label
    inner join register on figures.indicator_code = register.code
)

select
    shown.profile,
    shown.authority_code,
    shown.indicator_code,
    shown.local_code,
    shown.title,
    shown.period_type,
    shown.period_label,
    shown.period_start_date,
    shown.period_end_date,
    shown.value as numerator,
    shown.population_group,
    shown.population,
    shown.population_date,
    shown.population_year,
    shown.population_source,
    shown.is_made_up,
    shown.per_population,
    shown.rate,
    case
        when shown.rate is null then shown.display
        else
            to_char(round(shown.rate, 1), 'FM999,999,990.0')
            || case when shown.is_made_up then ' (made-up population)' else '' end
    end as display,
    shown.unit || ' per ' || to_char(shown.per_population, 'FM999,999,999') || ' aged ' || shown.population_group
    || case shown.flow_or_stock
        when 'stock' then ', at the end of the period'
        else ', in the period, not annualised'
    end as unit,
    shown.status,
    shown.grade,
    nullif(
        concat_ws(
            ' ',
            case
                when shown.is_made_up
                    then
                        'The population is made up, and so the rate says nothing of this council: '
                        || shown.population_source || '.'
            end,
            shown.caveat
        ),
        ''
    ) as caveat,
    shown.as_at_date
from shown
