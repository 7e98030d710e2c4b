-- Every indicator's records in one shape. Nothing is decided here: an ind_ model says whether a record counts and why.
-- The day is part of a record's key when releases are stored, so an excluded record without one gets a day that no
-- period holds. Nothing counts on days that no delivery covers: what lies after the as-at day has no bucket.

with registered as (
    select * from {{ ref('indicators') }}
),

as_at_days as (
    select
        periods.authority_code,
        max(periods.effective_end_date) as as_at_date
    from {{ ref('dim_periods') }} as periods
    group by periods.authority_code
),

records as (
    {% for model_name in indicator_models() %}
        select
            {{ indicator_record_selection() }}
        from {{ ref(model_name) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

bounded as (
    select
        records.*,
        registered.flow_or_stock,
        case when records.counting_from_date <= as_at_days.as_at_date then records.counting_from_date end
            as first_date,
        -- one that ends before it begins is in no term, and is listed where it begins
        greatest(
            records.counting_from_date,
            least(coalesce(records.counting_to_date, as_at_days.as_at_date), as_at_days.as_at_date)
        ) as last_date
    from records
    inner join registered on records.indicator_code = registered.code
    left join as_at_days on records.authority_code = as_at_days.authority_code
)

select
    {{ indicator_record_columns() | join(',\n    ') }},
    case flow_or_stock when 'stock' then first_date else date_trunc('month', first_date::timestamp)::date end
        as bucket_from_date,
    case
        when first_date is null then null
        when flow_or_stock = 'stock' then first_date
        else date_trunc('month', last_date::timestamp)::date
    end as bucket_to_date
from bounded
