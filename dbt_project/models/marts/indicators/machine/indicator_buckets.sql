-- A record counts in a period when a bucket of its own is one of the period's: indicator_values counts by that, and
-- whoever explains a figure finds its records by that.

with periods as (
    select * from {{ ref('dim_periods') }}
),

rules as (
    select rules.numerator_rule
    from (values ('flag'), ('date_in_period'), ('date_before_period')) as rules (numerator_rule)
),

buckets as (
    select
        periods.*,
        'flow' as flow_or_stock,
        month_start::date as bucket_date
    from periods
    cross join lateral {{ months_touched('periods.period_start_date', 'periods.effective_end_date') }} as month_start
    union all
    select
        periods.*,
        'stock' as flow_or_stock,
        periods.effective_end_date as bucket_date
    from periods
)

select
    buckets.authority_code,
    buckets.flow_or_stock,
    rules.numerator_rule,
    buckets.period_type,
    buckets.period_label,
    buckets.bucket_date,
    case rules.numerator_rule when 'date_in_period' then buckets.period_start_date end as numerator_from_date,
    case rules.numerator_rule
        when 'date_in_period' then buckets.effective_end_date
        when 'date_before_period' then buckets.period_start_date - 1
    end as numerator_to_date
from buckets
cross join rules
