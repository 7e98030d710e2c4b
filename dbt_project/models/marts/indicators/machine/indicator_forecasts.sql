-- The value of a financial year that still runs, from the months that have ended and the share that these months had of
-- earlier years. The interval comes from what the same method, at the same number of months, would have said at every
-- earlier month end of this authority: no forecast where that could not be tried.

with rules as (
    select * from {{ ref('forecast_rules') }}
),

factors as (
    select * from {{ ref('forecast_factors') }}
),

figures as (
    select * from {{ ref('indicator_values') }}
),

register as (
    select * from {{ ref('indicators') }}
),

coverage as (
    select * from {{ ref('dim_coverage') }}
),

years as (
    select * from {{ ref('dim_periods') }}
    where period_type = 'year' and not is_ended
),

breaks as (
    select * from {{ ref('series_breaks') }}
),

working_days as (
    select * from {{ ref('dim_dates') }}
    where is_working_day
),

-- a month whose first working days nobody recorded is none to compare with
beginnings as (
    select
        coverage.authority_code,
        coverage.subject,
        (
            date_trunc('month', coverage.first_date::timestamp)
            + case when count(working_days.calendar_date) > 0 then interval '1 month' else interval '0 months' end
        )::date as first_month_date
    from coverage
    left join working_days
        on
            coverage.first_date > working_days.calendar_date
            and working_days.calendar_date >= date_trunc('month', coverage.first_date::timestamp)
    group by coverage.authority_code, coverage.subject, coverage.first_date
),

-- nor is one before a break; a month that begins on the day of the break is the first that is comparable
last_breaks as (
    select
        years.authority_code,
        breaks.indicator_code,
        date_trunc('month', max(breaks.break_date)::timestamp + interval '1 month' - interval '1 day')::date
            as first_month_date
    from years
    inner join breaks
        on breaks.authority_code in ('all', years.authority_code) and years.as_at_date >= breaks.break_date
    group by years.authority_code, breaks.indicator_code
),

subjects as (
    select
        years.authority_code,
        rules.indicator_code,
        rules.method,
        rules.level_percent,
        rules.earlier_years,
        rules.minimum_events,
        rules.minimum_trials,
        years.period_label,
        years.period_start_date,
        years.period_end_date,
        years.as_at_date,
        (
            12 * extract(year from age(years.as_at_date + 1, years.period_start_date))
            + extract(month from age(years.as_at_date + 1, years.period_start_date))
        )::integer as months_known,
        greatest(beginnings.first_month_date, last_breaks.first_month_date) as history_from_date
    from rules
    inner join register on rules.indicator_code = register.code
    inner join beginnings on register.coverage_subject = beginnings.subject
    inner join years on beginnings.authority_code = years.authority_code
    left join last_breaks
        on years.authority_code = last_breaks.authority_code and rules.indicator_code = last_breaks.indicator_code
),

running_totals as (
    select
        subjects.authority_code,
        subjects.indicator_code,
        figures.period_start_date,
        sum(figures.numerator) over (
            partition by subjects.authority_code, subjects.indicator_code
            order by figures.period_start_date
        ) as total
    from subjects
    inner join figures
        on
            subjects.authority_code = figures.authority_code
            and subjects.indicator_code = figures.indicator_code
            and figures.period_type = 'month'
            and figures.breakdown = 'all'
            and figures.status = 'final'
            and subjects.history_from_date <= figures.period_start_date
),

histories as (
    select
        authority_code,
        indicator_code,
        array_agg(total order by period_start_date) as totals,
        count(*)::integer as number_of_months
    from running_totals
    group by authority_code, indicator_code
),

-- the place of a month end is the number of months up to it. What lies between two places is the difference of their
-- totals, and of what lies before the first nothing is known
looks as (
    select
        subjects.authority_code,
        subjects.indicator_code,
        subjects.minimum_events,
        histories.number_of_months,
        month_ends.place,
        12 - subjects.months_known as months_left,
        histories.totals[month_ends.place] - coalesce(histories.totals[month_ends.place - subjects.months_known], 0)
            as known,
        histories.totals[month_ends.place + 12 - subjects.months_known] - histories.totals[month_ends.place] as truth,
        count(*) as number_of_years,
        sum(
            histories.totals[month_ends.place - 12 * earlier.years]
            - coalesce(histories.totals[month_ends.place - 12 * earlier.years - subjects.months_known], 0)
        ) as known_before,
        sum(
            histories.totals[month_ends.place - 12 * earlier.years + 12 - subjects.months_known]
            - histories.totals[month_ends.place - 12 * earlier.years]
        ) as rest_before
    from subjects
    inner join histories
        on subjects.authority_code = histories.authority_code and subjects.indicator_code = histories.indicator_code
    cross join
        lateral generate_series(12 + subjects.months_known, histories.number_of_months) as month_ends (place)
    cross join
        lateral generate_series(
            1, least(subjects.earlier_years, (month_ends.place - subjects.months_known) / 12)
        ) as earlier (years)
    where subjects.months_known > 0
    group by
        subjects.authority_code, subjects.indicator_code, subjects.minimum_events, subjects.months_known,
        histories.number_of_months, histories.totals, month_ends.place
),

-- how far chance alone would put it beside the truth: the counts that it is made of, and the one that is to come, vary
-- as counts of independent events do
judged as (
    select
        looks.*,
        looks.known * looks.rest_before / looks.known_before as rest,
        sqrt(
            looks.known * looks.rest_before / looks.known_before
            + (looks.known * looks.rest_before / looks.known_before) ^ 2
            * (1 / looks.known + 1 / looks.known_before + 1 / looks.rest_before)
        ) as chance
    from looks
    where least(looks.known, looks.known_before, looks.rest_before) >= looks.minimum_events
),

errors as (
    select
        authority_code,
        indicator_code,
        place,
        months_left,
        (truth - rest) / chance as error
    from judged
    where truth is not null
),

trials as (
    select
        authority_code,
        indicator_code,
        count(*)::integer as trials,
        -- neighbours share most of their months
        (1 + (max(place) - min(place)) / min(months_left))::integer as independent_trials,
        sum(error ^ 2) as sum_of_squares
    from errors
    group by authority_code, indicator_code
),

widths as (
    select
        trials.*,
        rules.level_percent,
        factors.factor,
        -- never less than chance gives: a few trials may have been lucky
        greatest(1, sqrt(trials.sum_of_squares / trials.trials)) as times_chance
    from trials
    inner join rules on trials.indicator_code = rules.indicator_code
    inner join factors
        on
            rules.level_percent = factors.level_percent
            and factors.independent_trials = least(trials.independent_trials, 12)
),

-- each trial against the interval that the others would have given
back_tests as (
    select
        errors.authority_code,
        errors.indicator_code,
        count(*) filter (
            where
            abs(errors.error) <= widths.factor * greatest(
                1, sqrt(greatest(widths.sum_of_squares - errors.error ^ 2, 0) / (widths.trials - 1))
            )
        )::integer as trials_within
    from errors
    inner join widths
        on errors.authority_code = widths.authority_code and errors.indicator_code = widths.indicator_code
    where widths.trials > 1
    group by errors.authority_code, errors.indicator_code
),

forecasts as (
    select
        subjects.*,
        whole_years.numerator as counted_so_far,
        previous.value as previous_value,
        judged.number_of_years,
        judged.known,
        judged.known_before,
        judged.rest_before,
        judged.rest,
        judged.chance * widths.times_chance * widths.factor as half_width,
        widths.times_chance,
        widths.factor,
        coalesce(widths.trials, 0) as trials,
        coalesce(widths.independent_trials, 0) as independent_trials,
        back_tests.trials_within,
        -- had there been enough events: a trial takes the months that were known, a year earlier, and a year after that
        greatest(0, coalesce(histories.number_of_months, 0) - 23) as possible_trials
    from subjects
    left join histories
        on subjects.authority_code = histories.authority_code and subjects.indicator_code = histories.indicator_code
    left join judged
        on
            subjects.authority_code = judged.authority_code
            and subjects.indicator_code = judged.indicator_code
            and judged.place = judged.number_of_months
    left join widths
        on subjects.authority_code = widths.authority_code and subjects.indicator_code = widths.indicator_code
    left join back_tests
        on subjects.authority_code = back_tests.authority_code and subjects.indicator_code = back_tests.indicator_code
    inner join figures as whole_years
        on
            subjects.authority_code = whole_years.authority_code
            and subjects.indicator_code = whole_years.indicator_code
            and whole_years.period_type = 'year'
            and subjects.period_label = whole_years.period_label
            and whole_years.breakdown = 'all'
    left join figures as previous
        on
            subjects.authority_code = previous.authority_code
            and subjects.indicator_code = previous.indicator_code
            and previous.period_type = 'year'
            and previous.breakdown = 'all'
            and subjects.period_start_date - 1 = previous.period_end_date
            and subjects.history_from_date <= previous.period_start_date
),

decided as (
    select
        forecasts.*,
        case
            when forecasts.months_known = 0 then 'nothing_known'
            when forecasts.possible_trials < forecasts.minimum_trials then 'short_history'
            when forecasts.rest is null or forecasts.trials < forecasts.minimum_trials then 'few_events'
            else 'given'
        end as status
    from forecasts
),

-- what is counted already, days of the running month included, is the least that the year can come to
bounded as (
    select
        decided.*,
        case
            when decided.status = 'given' then greatest(decided.counted_so_far, round(decided.known + decided.rest))
        end as value,
        case
            when decided.status = 'given'
                then greatest(decided.counted_so_far, floor(decided.known + decided.rest - decided.half_width))
        end as lower_bound,
        case
            when decided.status = 'given'
                then greatest(decided.counted_so_far, ceil(decided.known + decided.rest + decided.half_width))
        end as upper_bound
    from decided
)

select
    authority_code,
    indicator_code,
    period_label,
    period_start_date,
    period_end_date,
    method,
    status,
    months_known,
    counted_so_far,
    value,
    lower_bound,
    upper_bound,
    level_percent,
    previous_value,
    trim_scale(100 * value / nullif(previous_value, 0) - 100) as change_percent,
    history_from_date,
    case when status = 'given' then number_of_years::integer end as earlier_years,
    trials,
    independent_trials,
    trials_within,
    trim_scale(100.0 * trials_within / nullif(trials, 0)) as coverage_percent,
    case status
        when 'nothing_known' then 'No month of the year has ended by the as-at day.'
        when 'short_history'
            then
                'Months from ' || to_char(history_from_date, 'YYYY-MM') || ' on can be compared. Earlier month ends at'
                || ' which the method could be tried: ' || possible_trials || '; needed: ' || minimum_trials || '.'
        when 'few_events'
            then
                'In what is known of the year, or in a part of the years before, there are fewer than '
                || minimum_events || ', or there were too often: chance would decide.'
        else
            {{ spoken_count('known') }} || ' in '
            || case months_known when 1 then 'the first month' else 'the first ' || months_known || ' months' end
            || '. In the same part of '
            || case number_of_years when 1 then 'the year before' else 'the ' || number_of_years || ' years before' end
            || ' there were ' || {{ spoken_count('known_before') }} || ' of '
            || {{ spoken_count('known_before + rest_before') }} || ', so ' || {{ spoken_count('rest') }}
            || ' more are to be expected. Tried at ' || trials || ' earlier month ends, '
            || case
                when independent_trials = trials then 'no two'
                when independent_trials = 1 then 'all'
                else 'all but ' || independent_trials
            end
            || ' of which have months in common, the method was off by ' || to_char(times_chance, 'FM990.0')
            || ' times what chance alone gives; the interval is ' || to_char(factor, 'FM990.0') || ' times that. '
            || trials_within || ' of the ' || trials || ' lay within the interval that the others give.'
    end as evidence,
    as_at_date
from bounded
