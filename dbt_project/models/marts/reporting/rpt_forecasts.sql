-- A forecast is shown where every month that it is made of is shown, and the year so far: then it tells nothing that
-- its reader could not reckon, and no proof is needed. Rounded figures are for files, which hold no forecasts.

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

hidden as (
    select * from {{ ref('int_figures_hidden') }}
    where breakdown = 'all' and period_type in ('month', 'year')
),

hidden_days as (
    select
        hidden.profile,
        hidden.authority_code,
        hidden.indicator_code,
        max(periods.period_end_date) as last_date
    from hidden
    inner join {{ ref('dim_periods') }} as periods
        on
            hidden.authority_code = periods.authority_code
            and hidden.period_type = periods.period_type
            and hidden.period_label = periods.period_label
    group by hidden.profile, hidden.authority_code, hidden.indicator_code
),

forecasts as (
    select
        audience.profile,
        forecasts.*,
        register.local_code,
        register.title,
        register.unit,
        coalesce(hidden_days.last_date >= forecasts.history_from_date, false) as is_hidden
    from {{ ref('indicator_forecasts') }} as forecasts
    inner join {{ ref('indicators') }} as register on forecasts.indicator_code = register.code
    cross join settings
    cross join lateral unnest(settings.profiles) as audience (profile)
    left join hidden_days
        on
            audience.profile = hidden_days.profile
            and forecasts.authority_code = hidden_days.authority_code
            and forecasts.indicator_code = hidden_days.indicator_code
    where audience.profile <> 'rounded'
)

select
    forecasts.profile,
    forecasts.authority_code,
    forecasts.indicator_code,
    forecasts.local_code,
    forecasts.title,
    forecasts.period_label,
    forecasts.period_start_date,
    forecasts.period_end_date,
    forecasts.unit,
    forecasts.method,
    case when forecasts.is_hidden then 'suppressed' else forecasts.status end as status,
    forecasts.months_known,
    case when not forecasts.is_hidden then forecasts.counted_so_far end as counted_so_far,
    case when not forecasts.is_hidden then forecasts.value end as value,
    case when not forecasts.is_hidden then forecasts.lower_bound end as lower_bound,
    case when not forecasts.is_hidden then forecasts.upper_bound end as upper_bound,
    forecasts.level_percent,
    case when not forecasts.is_hidden then forecasts.previous_value end as previous_value,
    case when not forecasts.is_hidden then forecasts.change_percent end as change_percent,
    case when not forecasts.is_hidden then forecasts.trials end as trials,
    case when not forecasts.is_hidden then forecasts.independent_trials end as independent_trials,
    case when not forecasts.is_hidden then forecasts.coverage_percent end as coverage_percent,
    case
        when forecasts.is_hidden then 'Hidden, so that no child can be recognised.'
        else forecasts.evidence
    end as evidence,
    grades.grade,
    grades.caveat,
    forecasts.as_at_date
from forecasts
left join grades
    on forecasts.authority_code = grades.authority_code and forecasts.indicator_code = grades.indicator_code
