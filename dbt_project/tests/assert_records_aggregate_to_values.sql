-- The wholes counted a second time, straight from the records and in another way: distinct units of a plain range join.
-- For every year and for every period that the as-at day lies in; a record meets those of the years that it touches, so
-- that each is looked at a few times only, however many years are held.

with as_at_days as (
    select
        periods.authority_code,
        max(periods.effective_end_date) as as_at_date
    from {{ ref('dim_periods') }} as periods
    group by periods.authority_code
),

records as (
    select
        records.authority_code,
        records.indicator_code,
        records.count_key,
        daterange(
            records.counting_from_date, coalesce(records.counting_to_date, 'infinity'::date), '[]'
        ) as counting_range,
        records.counting_from_date,
        coalesce(records.counting_to_date, 'infinity'::date) as counting_to_date,
        records.numerator_date,
        records.is_in_denominator,
        records.is_in_numerator,
        records.amount,
        register.flow_or_stock,
        register.numerator_rule,
        register.value_type
    from {{ ref('indicator_records') }} as records
    inner join {{ ref('indicators') }} as register on records.indicator_code = register.code
    where records.is_in_denominator
),

-- a flow meets figures by its financial years, a stock by its day
placed as (
    select
        records.*,
        year_start::date as meeting_date
    from records
    inner join as_at_days on records.authority_code = as_at_days.authority_code
    cross join
        lateral generate_series(
            {{ financial_year_start('records.counting_from_date') }}::timestamp,
            least(records.counting_to_date, as_at_days.as_at_date)::timestamp,
            interval '1 year'
        ) as year_start
    where records.flow_or_stock = 'flow' and records.counting_from_date <= as_at_days.as_at_date
    union all
    select
        records.*,
        records.counting_from_date as meeting_date
    from records
    where records.flow_or_stock = 'stock'
),

figures as (
    select
        figures.authority_code,
        figures.indicator_code,
        figures.period_type,
        figures.period_label,
        figures.numerator,
        figures.denominator,
        periods.period_start_date,
        periods.effective_end_date,
        case register.flow_or_stock
            when 'stock' then periods.effective_end_date
            else {{ financial_year_start('periods.period_start_date') }}
        end as meeting_date
    from {{ ref('indicator_values') }} as figures
    inner join {{ ref('indicators') }} as register on figures.indicator_code = register.code
    inner join {{ ref('dim_periods') }} as periods
        on
            figures.authority_code = periods.authority_code
            and figures.period_type = periods.period_type
            and figures.period_label = periods.period_label
    where
        figures.breakdown = 'all'
        and (periods.period_type = 'year' or periods.effective_end_date = periods.as_at_date)
),

recounted as (
    select
        figures.authority_code,
        figures.indicator_code,
        figures.period_type,
        figures.period_label,
        count(distinct records.count_key) as denominator,
        count(distinct records.count_key) filter (
            where
            records.is_in_numerator
            and (records.numerator_rule <> 'date_in_period' or records.numerator_date >= figures.period_start_date)
            and (records.numerator_rule <> 'date_in_period' or records.numerator_date <= figures.effective_end_date)
            and (records.numerator_rule <> 'date_before_period' or records.numerator_date < figures.period_start_date)
        ) as numerator,
        sum(records.amount) as amount,
        max(records.value_type) as value_type
    from figures
    inner join placed as records
        on
            figures.authority_code = records.authority_code
            and figures.indicator_code = records.indicator_code
            and figures.meeting_date = records.meeting_date
            and (
                records.flow_or_stock = 'stock'
                or records.counting_range && daterange(figures.period_start_date, figures.effective_end_date, '[]')
            )
    group by figures.authority_code, figures.indicator_code, figures.period_type, figures.period_label
)

select
    figures.authority_code,
    figures.indicator_code,
    figures.period_label,
    figures.numerator,
    recounted.numerator as recounted_numerator,
    figures.denominator,
    recounted.denominator as recounted_denominator
from figures
left join recounted
    on
        figures.authority_code = recounted.authority_code
        and figures.indicator_code = recounted.indicator_code
        and figures.period_type = recounted.period_type
        and figures.period_label = recounted.period_label
where
    figures.numerator is distinct from case
        when recounted.value_type in ('mean', 'money') then recounted.amount
        else coalesce(recounted.numerator, 0)
    end
    or (
        figures.denominator is not null
        and figures.denominator is distinct from coalesce(recounted.denominator, 0)
    )
