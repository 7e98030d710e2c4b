with

records as (
    select * from marts.indicator_records
),

-- which records are in the figure, and with which days in its numerator, stands where it was counted from
buckets as materialized (
    select
        bucket_date,
        numerator_from_date,
        numerator_to_date
    from marts.indicator_buckets
    where
        authority_code = :authority_code
        and flow_or_stock = :flow_or_stock
        and numerator_rule = :numerator_rule
        and period_type = :period_type
        and period_label = :period_label
),

in_period as (
    select
        records.*,
        -- a breakdown may count another unit, and records that are in no whole
        records.breakdowns -> cast(:breakdown as text) as entry,
        met.numerator_from_date,
        met.numerator_to_date
    from records
    cross join
        lateral (
            select
                buckets.numerator_from_date,
                buckets.numerator_to_date
            from buckets
            where buckets.bucket_date between records.bucket_from_date and records.bucket_to_date
            order by buckets.bucket_date
            limit 1
        ) as met
    where
        records.authority_code = :authority_code
        and records.indicator_code = :code
),

judged as (
    select
        in_period.*,
        in_period.is_in_numerator
        and (
            in_period.numerator_from_date is null
            or coalesce(in_period.numerator_date >= in_period.numerator_from_date, false)
        )
        and (
            in_period.numerator_to_date is null
            or coalesce(in_period.numerator_date <= in_period.numerator_to_date, false)
        ) as is_met
    from in_period
)

select
    record_key,
    child_key,
    count_key,
    coalesce((entry ->> 'is_counted')::boolean, is_in_denominator) as is_in_denominator,
    coalesce((entry ->> 'is_counted')::boolean, is_met) as is_in_numerator,
    amount,
    exclusion_reason,
    evidence,
    due_date
from judged
where
    :breakdown = 'all'
    or (
        jsonb_exists(breakdowns, cast(:breakdown as text))
        and coalesce(entry ->> 'value', entry #>> '{}', 'unknown') = :breakdown_value
    )
order by record_key
