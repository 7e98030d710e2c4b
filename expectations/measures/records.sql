-- Records against figures: the records of each month counted again, plainly, must give that month's figure.
-- Indicators that are given for years alone are counted by year; for those whose numerator depends on the period only
-- the denominator is compared.
with registered as (
    select
        code,
        flow_or_stock,
        value_type,
        counting_unit,
        numerator_rule,
        case when 'month' = any(string_to_array(period_types, '|')) then 'month' else 'year' end as period_type
    from marts_candidate.indicators
),

periods as (
    select
        authority_code,
        period_type,
        period_label,
        period_start_date,
        effective_end_date
    from marts_candidate.dim_periods
    where period_type in ('month', 'year')
),

counting as (
    select
        records.authority_code,
        records.indicator_code,
        registered.flow_or_stock,
        registered.period_type,
        records.counting_from_date,
        records.counting_to_date,
        records.count_key,
        records.is_in_denominator,
        records.is_in_numerator,
        records.amount
    from marts_candidate.indicator_records as records
    inner join registered on records.indicator_code = registered.code
    where
        registered.counting_unit = 'distinct'
        and (records.is_in_denominator or records.is_in_numerator)
),

-- the many: records that are their own unit and count on one day are summed by day before they meet their period
summed as (
    select
        authority_code,
        indicator_code,
        counting_from_date,
        count(*) filter (where is_in_denominator) as denominator,
        count(*) filter (where is_in_numerator) as numerator,
        sum(amount) filter (where is_in_denominator) as amount
    from marts_candidate.indicator_records
    where is_in_denominator or is_in_numerator
    group by authority_code, indicator_code, counting_from_date
),

days as (
    select
        summed.authority_code,
        summed.indicator_code,
        summed.counting_from_date,
        summed.denominator,
        summed.numerator,
        summed.amount,
        registered.flow_or_stock,
        registered.period_type
    from summed
    inner join registered on summed.indicator_code = registered.code
    where registered.counting_unit = 'record'
),

recounted as (
    select
        days.authority_code,
        days.indicator_code,
        periods.period_type,
        periods.period_label,
        sum(days.denominator) as denominator,
        sum(days.numerator) as numerator,
        sum(days.amount) as amount
    from days
    inner join periods
        on
            days.authority_code = periods.authority_code
            and days.period_type = periods.period_type
            and days.counting_from_date <= periods.effective_end_date
            and days.counting_from_date
            >= case days.flow_or_stock when 'flow' then periods.period_start_date else periods.effective_end_date end
    group by days.authority_code, days.indicator_code, periods.period_type, periods.period_label
    union all
    select
        counting.authority_code,
        counting.indicator_code,
        periods.period_type,
        periods.period_label,
        count(distinct counting.count_key) filter (where counting.is_in_denominator),
        count(distinct counting.count_key) filter (where counting.is_in_numerator),
        sum(counting.amount) filter (where counting.is_in_denominator)
    from counting
    inner join periods
        on
            counting.authority_code = periods.authority_code
            and counting.period_type = periods.period_type
            and case counting.flow_or_stock
                when 'stock' then counting.counting_from_date = periods.effective_end_date
                else
                    counting.counting_from_date <= periods.effective_end_date
                    and coalesce(counting.counting_to_date, 'infinity') >= periods.period_start_date
            end
    group by counting.authority_code, counting.indicator_code, periods.period_type, periods.period_label
),

compared as (
    select
        figures.authority_code,
        figures.indicator_code,
        count(*) as checked,
        count(*) filter (
            where
            coalesce(figures.denominator, recounted.denominator, 0) <> coalesce(recounted.denominator, 0)
            or (
                registered.numerator_rule = 'flag'
                and figures.numerator <> case
                    when registered.value_type in ('mean', 'money') then coalesce(recounted.amount, 0)
                    else coalesce(recounted.numerator, 0)
                end
            )
        ) as failed
    from marts_candidate.indicator_values as figures
    inner join registered
        on figures.indicator_code = registered.code and figures.period_type = registered.period_type
    left join recounted
        on
            figures.authority_code = recounted.authority_code
            and figures.indicator_code = recounted.indicator_code
            and figures.period_type = recounted.period_type
            and figures.period_label = recounted.period_label
    where figures.breakdown = 'all'
    group by figures.authority_code, figures.indicator_code
),

unexplained as (
    select
        authority_code,
        indicator_code,
        count(*) as checked,
        count(*) filter (
            where
            -- a record may count in a breakdown alone
            (
                not is_in_denominator and not is_in_numerator and exclusion_reason is null
                and not breakdowns @? '$.* ? (@.is_counted == true)'
            )
            or ((is_in_denominator or is_in_numerator) and exclusion_reason is not null)
        ) as failed
    from marts_candidate.indicator_records
    group by authority_code, indicator_code
)

select
    authority_code,
    'REC04' as check_code,
    indicator_code as subject,
    failed::double precision as value,
    checked,
    failed
from compared
union all
select
    authority_code,
    'REC05',
    indicator_code,
    failed::double precision,
    checked,
    failed
from unexplained
union all
-- what has no amount counts in the denominator and adds nothing, as a nought would
select
    records.authority_code,
    'REC06',
    records.indicator_code,
    (count(*) filter (where records.amount is null))::double precision,
    count(*),
    count(*) filter (where records.amount is null)
from marts_candidate.indicator_records as records
inner join registered
    on records.indicator_code = registered.code and registered.value_type in ('mean', 'money')
where records.is_in_denominator
group by records.authority_code, records.indicator_code
