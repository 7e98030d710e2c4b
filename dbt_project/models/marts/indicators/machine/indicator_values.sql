-- Figures are counted from records, for every period and breakdown, by what the register says of the indicator:
-- nothing here knows a code. Records that are their own unit and belong to one day are first counted by month (or day
-- of state) and by their whole set of breakdowns, so that the work after that does not grow with the records.

with records as (
    select * from {{ ref('indicator_records') }}
),

buckets as (
    select * from {{ ref('indicator_buckets') }}
),

registered as (
    select
        register.code as indicator_code,
        register.flow_or_stock,
        register.value_type,
        register.counting_unit,
        register.numerator_rule,
        string_to_array(register.period_types, '|') as period_types,
        register.coverage_subject,
        register.computed_from_date,
        register.breakdown_denominator,
        register.breakdown_groups,
        register.unit_breakdowns,
        (register.parameters ->> 'minimum_history_months')::integer as minimum_history_months
    from {{ ref('indicators') }} as register
),

-- the figures that must exist whatever was recorded
due_figures as (
    select
        periods.authority_code,
        registered.indicator_code,
        registered.flow_or_stock,
        registered.value_type,
        registered.numerator_rule,
        registered.breakdown_denominator,
        registered.breakdown_groups,
        periods.period_type,
        periods.period_label,
        periods.period_start_date,
        periods.period_end_date,
        periods.effective_end_date,
        periods.is_ended,
        periods.as_at_date,
        coalesce(
            periods.period_start_date
            < coverage.first_date + make_interval(months => registered.minimum_history_months),
            false
        ) as is_history_short
    from registered
    inner join {{ ref('dim_coverage') }} as coverage on registered.coverage_subject = coverage.subject
    inner join {{ ref('dim_periods') }} as periods
        on
            coverage.authority_code = periods.authority_code
            and periods.period_type = any(registered.period_types)
            and coverage.first_date <= periods.period_end_date
            and periods.period_start_date >= coalesce(registered.computed_from_date, periods.period_start_date)
),

record_counts as (
    select
        records.authority_code,
        records.indicator_code,
        registered.flow_or_stock,
        registered.numerator_rule,
        records.bucket_from_date as bucket_date,
        case when registered.numerator_rule <> 'flag' then records.numerator_date end as numerator_date,
        records.breakdowns,
        count(*) filter (where records.is_in_denominator) as denominator,
        count(*) filter (where records.is_in_numerator) as numerator,
        sum(records.amount) filter (where records.is_in_denominator) as amount
    from records
    inner join registered
        on records.indicator_code = registered.indicator_code and registered.counting_unit = 'record'
    where
        records.bucket_from_date is not null
        and (records.is_in_denominator or records.is_in_numerator)
    group by
        records.authority_code, records.indicator_code, registered.flow_or_stock, registered.numerator_rule,
        bucket_date, case when registered.numerator_rule <> 'flag' then records.numerator_date end, records.breakdowns
),

grouped_counts as (
    select
        record_counts.*,
        'all' as breakdown,
        'all' as breakdown_value
    from record_counts
    union all
    select
        record_counts.*,
        entry.key as breakdown,
        coalesce(entry.value #>> '{}', 'unknown') as breakdown_value
    from record_counts
    cross join lateral jsonb_each(record_counts.breakdowns) as entry
    where jsonb_typeof(entry.value) <> 'object'
),

bucket_counts as (
    select
        authority_code,
        indicator_code,
        flow_or_stock,
        numerator_rule,
        bucket_date,
        numerator_date,
        breakdown,
        breakdown_value,
        sum(denominator) as denominator,
        sum(numerator) as numerator,
        sum(amount) as amount
    from grouped_counts
    group by
        authority_code, indicator_code, flow_or_stock, numerator_rule, bucket_date, numerator_date, breakdown,
        breakdown_value
),

record_figures as (
    select
        counts.authority_code,
        counts.indicator_code,
        buckets.period_type,
        buckets.period_label,
        counts.breakdown,
        counts.breakdown_value,
        sum(counts.denominator) as denominator,
        sum(counts.numerator) filter (
            where {{ is_in_numerator_of('buckets', 'counts.numerator_date') }}
        ) as numerator,
        sum(counts.amount) as amount
    from bucket_counts as counts
    inner join buckets
        on
            counts.authority_code = buckets.authority_code
            and counts.flow_or_stock = buckets.flow_or_stock
            and counts.numerator_rule = buckets.numerator_rule
            and counts.bucket_date = buckets.bucket_date
    group by
        counts.authority_code, counts.indicator_code, buckets.period_type, buckets.period_label, counts.breakdown,
        counts.breakdown_value
),

-- units that several records share, or whose record spans days: counted apart in every period. A breakdown may count
-- another unit than the record (its children, families), or records that are in no whole (is_counted)
unit_records as (
    select
        records.authority_code,
        records.indicator_code,
        registered.flow_or_stock,
        registered.numerator_rule,
        records.bucket_from_date,
        records.bucket_to_date,
        records.numerator_date,
        records.is_in_denominator,
        records.is_in_numerator,
        records.count_key,
        records.breakdowns,
        registered.counting_unit
    from records
    inner join registered
        on
            records.indicator_code = registered.indicator_code
            and (registered.counting_unit = 'distinct' or registered.unit_breakdowns <> '{}'::jsonb)
),

unit_entries as (
    select
        unit_records.*,
        'all' as breakdown,
        'all' as breakdown_value,
        unit_records.count_key as unit_key,
        'any' as unit_rule
    from unit_records
    where unit_records.counting_unit = 'distinct'
    union all
    select
        unit_records.authority_code,
        unit_records.indicator_code,
        unit_records.flow_or_stock,
        unit_records.numerator_rule,
        unit_records.bucket_from_date,
        unit_records.bucket_to_date,
        unit_records.numerator_date,
        coalesce((entry.value ->> 'is_counted')::boolean, unit_records.is_in_denominator) as is_in_denominator,
        coalesce((entry.value ->> 'is_counted')::boolean, unit_records.is_in_numerator) as is_in_numerator,
        unit_records.count_key,
        unit_records.breakdowns,
        unit_records.counting_unit,
        entry.key as breakdown,
        coalesce(entry.value ->> 'value', 'unknown') as breakdown_value,
        coalesce(entry.value ->> 'unit', unit_records.count_key) as unit_key,
        coalesce(entry.value ->> 'rule', 'any') as unit_rule
    from unit_records
    cross join lateral jsonb_each(unit_records.breakdowns) as entry
    where jsonb_typeof(entry.value) = 'object'
    union all
    select
        unit_records.*,
        entry.key as breakdown,
        coalesce(entry.value #>> '{}', 'unknown') as breakdown_value,
        unit_records.count_key as unit_key,
        'any' as unit_rule
    from unit_records
    cross join lateral jsonb_each(unit_records.breakdowns) as entry
    where unit_records.counting_unit = 'distinct' and jsonb_typeof(entry.value) <> 'object'
),

-- by its buckets a record meets its periods, and no others are looked at
unit_buckets as (
    select
        entries.*,
        bucket_start::date as bucket_date
    from unit_entries as entries
    cross join
        lateral {{ months_touched('entries.bucket_from_date', 'entries.bucket_to_date') }} as bucket_start
    where entries.flow_or_stock = 'flow'
    union all
    select
        entries.*,
        entries.bucket_from_date as bucket_date
    from unit_entries as entries
    where entries.flow_or_stock = 'stock'
),

units as (
    select
        entries.authority_code,
        entries.indicator_code,
        figures.period_type,
        figures.period_label,
        entries.breakdown,
        entries.breakdown_value,
        entries.unit_key,
        bool_or(entries.is_in_denominator) as is_in_denominator,
        case min(entries.unit_rule)
            when 'every'
                then coalesce(
                    bool_and(
                        entries.is_in_numerator
                        and {{ is_in_numerator_of('buckets', 'entries.numerator_date') }}
                    ) filter (where entries.is_in_denominator),
                    false
                )
            else bool_or(
                entries.is_in_numerator
                and {{ is_in_numerator_of('buckets', 'entries.numerator_date') }}
            )
        end as is_in_numerator
    from unit_buckets as entries
    inner join buckets
        on
            entries.authority_code = buckets.authority_code
            and entries.flow_or_stock = buckets.flow_or_stock
            and entries.numerator_rule = buckets.numerator_rule
            and entries.bucket_date = buckets.bucket_date
    inner join due_figures as figures
        on
            entries.authority_code = figures.authority_code
            and entries.indicator_code = figures.indicator_code
            and buckets.period_type = figures.period_type
            and buckets.period_label = figures.period_label
    group by
        entries.authority_code, entries.indicator_code, figures.period_type, figures.period_label, entries.breakdown,
        entries.breakdown_value, entries.unit_key
),

unit_figures as (
    select
        units.authority_code,
        units.indicator_code,
        units.period_type,
        units.period_label,
        units.breakdown,
        units.breakdown_value,
        count(*) filter (where units.is_in_denominator) as denominator,
        count(*) filter (where units.is_in_numerator) as numerator,
        null::numeric as amount
    from units
    group by
        units.authority_code, units.indicator_code, units.period_type, units.period_label, units.breakdown,
        units.breakdown_value
),

counted as (
    select * from record_figures
    union all
    select * from unit_figures
),

wholes as (
    select
        figures.*,
        'all' as breakdown,
        'all' as breakdown_value,
        case
            when figures.value_type in ('mean', 'money') then coalesce(counted.amount, 0)
            else coalesce(counted.numerator, 0)
        end as numerator,
        coalesce(counted.denominator, 0) as denominator
    from due_figures as figures
    left join counted
        on
            figures.authority_code = counted.authority_code
            and figures.indicator_code = counted.indicator_code
            and figures.period_type = counted.period_type
            and figures.period_label = counted.period_label
            and counted.breakdown = 'all'
),

own_groups as (
    select
        figures.*,
        counted.breakdown,
        counted.breakdown_value,
        case
            when figures.value_type in ('mean', 'money') then coalesce(counted.amount, 0)
            else coalesce(counted.numerator, 0)
        end as numerator,
        counted.denominator
    from due_figures as figures
    inner join counted
        on
            figures.authority_code = counted.authority_code
            and figures.indicator_code = counted.indicator_code
            and figures.period_type = counted.period_type
            and figures.period_label = counted.period_label
            and counted.breakdown <> 'all'
    where figures.breakdown_denominator = 'group'
),

-- each named group against the whole: a group nobody is in is a nought per cent that belongs in the table
whole_groups as (
    select
        wholes.authority_code,
        wholes.indicator_code,
        wholes.flow_or_stock,
        wholes.value_type,
        wholes.numerator_rule,
        wholes.breakdown_denominator,
        wholes.breakdown_groups,
        wholes.period_type,
        wholes.period_label,
        wholes.period_start_date,
        wholes.period_end_date,
        wholes.effective_end_date,
        wholes.is_ended,
        wholes.as_at_date,
        wholes.is_history_short,
        named.key as breakdown,
        named_group as breakdown_value,
        coalesce(counted.numerator, 0) as numerator,
        wholes.denominator
    from wholes
    cross join lateral jsonb_each(wholes.breakdown_groups) as named
    cross join lateral jsonb_array_elements_text(named.value) as named_group
    left join counted
        on
            wholes.authority_code = counted.authority_code
            and wholes.indicator_code = counted.indicator_code
            and wholes.period_type = counted.period_type
            and wholes.period_label = counted.period_label
            and named.key = counted.breakdown
            and counted.breakdown_value = named_group
    where wholes.breakdown_denominator = 'whole'
),

figures as (
    select * from wholes
    union all
    select * from own_groups
    where
        numerator <> 0
        or (value_type in ('percent', 'mean') and denominator <> 0)
    union all
    select * from whole_groups
    where numerator <> 0 or denominator <> 0
)

select
    figures.authority_code,
    figures.indicator_code,
    figures.period_type,
    figures.period_label,
    figures.period_start_date,
    figures.period_end_date,
    figures.breakdown,
    figures.breakdown_value,
    -- a mean's sum may carry noughts behind the point that say nothing
    trim_scale(figures.numerator::numeric) as numerator,
    case when figures.value_type in ('percent', 'mean') then figures.denominator::numeric end as denominator,
    case
        when figures.is_history_short then null
        when figures.value_type = 'percent'
            then trim_scale(100 * figures.numerator::numeric / nullif(figures.denominator, 0))
        when figures.value_type = 'mean' then trim_scale(figures.numerator::numeric / nullif(figures.denominator, 0))
        else trim_scale(figures.numerator::numeric)
    end as value,
    case
        when figures.is_history_short then 'insufficient_history'
        when figures.value_type in ('percent', 'mean') and figures.denominator = 0 then 'no_denominator'
        when not figures.is_ended then 'provisional'
        else 'final'
    end as status,
    figures.as_at_date
from figures
