-- The population in force is the newest one that is not after the last day that a figure covers. A flow's rate is that
-- of its period: part of a year is not blown up to a whole one.

with figures as (
    select * from {{ ref('indicator_values') }}
    where breakdown = 'all' and value is not null
),

rates as (
    select * from {{ ref('rates') }}
),

estimates as (
    select
        populations.*,
        bool_or(not populations.is_made_up) over (
            partition by populations.authority_code, populations.population_group
        ) as is_known
    from {{ ref('populations') }} as populations
),

in_force as (
    select distinct on (
        periods.authority_code, periods.period_type, periods.period_label, estimates.population_group
    )
        periods.authority_code,
        periods.period_type,
        periods.period_label,
        estimates.population_group,
        estimates.population_date,
        estimates.population,
        estimates.source,
        estimates.is_made_up
    from {{ ref('dim_periods') }} as periods
    inner join estimates
        on
            periods.authority_code = estimates.authority_code
            and periods.effective_end_date >= estimates.population_date
    -- beside a number that somebody estimated no made-up one is used, in no year
    where not (estimates.is_made_up and estimates.is_known)
    order by
        periods.authority_code,
        periods.period_type,
        periods.period_label,
        estimates.population_group,
        estimates.population_date desc
)

select
    figures.authority_code,
    figures.indicator_code,
    figures.period_type,
    figures.period_label,
    figures.period_start_date,
    figures.period_end_date,
    figures.numerator,
    in_force.population_group,
    in_force.population,
    in_force.population_date,
    extract(year from in_force.population_date)::integer as population_year,
    in_force.source as population_source,
    in_force.is_made_up,
    rates.per_population,
    trim_scale(rates.per_population * figures.numerator / in_force.population) as rate,
    figures.status,
    figures.as_at_date
from figures
inner join rates on figures.indicator_code = rates.indicator_code
inner join in_force
    on
        figures.authority_code = in_force.authority_code
        and figures.period_type = in_force.period_type
        and figures.period_label = in_force.period_label
        and rates.population_group = in_force.population_group
