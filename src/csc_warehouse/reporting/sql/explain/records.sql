with

records as (
    select * from marts.indicator_records
),

in_period as (
    select
        records.*,
        -- a breakdown may count another unit, and records that are in no whole
        records.breakdowns -> cast(:breakdown as text) as entry,
        case :numerator_rule
            when 'date_in_period' then records.numerator_date between :period_start_date and :effective_end_date
            when 'date_before_period' then records.numerator_date < :period_start_date
            else true
        end as is_numerator_of_period
    from records
    where
        records.authority_code = :authority_code
        and records.indicator_code = :code
        and case
            when :is_stock then records.counting_from_date = :effective_end_date
            else records.counting_from_date <= :effective_end_date and records.counting_to_date >= :period_start_date
        end
)

select
    record_key,
    child_key,
    count_key,
    coalesce((entry ->> 'is_counted')::boolean, is_in_denominator) as is_in_denominator,
    coalesce((entry ->> 'is_counted')::boolean, is_in_numerator and coalesce(is_numerator_of_period, false))
        as is_in_numerator,
    amount,
    exclusion_reason,
    evidence,
    due_date
from in_period
where
    :breakdown = 'all'
    or (
        jsonb_exists(breakdowns, cast(:breakdown as text))
        and coalesce(entry ->> 'value', entry #>> '{}', 'unknown') = :breakdown_value
    )
order by record_key
