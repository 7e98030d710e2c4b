-- An attack on the scorecard and the series: what a reader could see, or work out by subtraction, that must be hidden.
-- The truth is taken from indicator_values, never from the reporting rows themselves. Small is 1 to {{ smallest - 1 }}.
with register as (
    select
        code,
        value_type,
        is_additive_over_periods,
        string_to_array(coalesce(additive_breakdowns, ''), '|') as additive_breakdowns,
        breakdown_denominator
    from marts_candidate.indicators
    where is_about_children
),

shown as (
    {% for table in tables %}
    select
        '{{ table }}' as table_name,
        s.profile,
        s.authority_code,
        s.indicator_code,
        s.period_type,
        s.period_label,
        s.period_start_date,
        s.period_end_date,
        s.breakdown,
        s.breakdown_value,
        s.numerator,
        s.denominator,
        s.value,
        s.display,
        s.status,
        s.previous_value
    from reporting_candidate.{{ table }} as s
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

judged as (
    select
        shown.*,
        register.value_type,
        register.is_additive_over_periods,
        register.additive_breakdowns,
        register.breakdown_denominator,
        (shown.display = '[c]' or shown.status = 'suppressed') as is_hidden,
        case
            when register.value_type in ('count', 'money')
                then truth.numerator between 1 and {{ smallest - 1 }}
            when register.value_type = 'mean'
                then truth.denominator between 1 and {{ smallest - 1 }}
            else
                truth.numerator between 1 and {{ smallest - 1 }}
                or truth.denominator - truth.numerator between 1 and {{ smallest - 1 }}
                or truth.denominator between 1 and {{ smallest - 1 }}
        end as is_small
    from shown
    inner join register on register.code = shown.indicator_code
    inner join marts_candidate.indicator_values as truth
        on
            truth.authority_code = shown.authority_code
            and truth.indicator_code = shown.indicator_code
            and truth.period_type = shown.period_type
            and truth.period_label = shown.period_label
            and truth.breakdown = shown.breakdown
            and truth.breakdown_value = shown.breakdown_value
),

small_shown as (
    select
        authority_code,
        profile || ' ' || table_name as subject,
        count(*) as checked,
        count(*) filter (
            where is_small and profile = 'open' and (value is not null or numerator is not null or denominator is not null)
        ) as open_failed,
        count(*) filter (
            where is_small
                and (
                    numerator is not null or denominator is not null
                    or (value is not null and value_type in ('count', 'money'))
                )
        ) as any_failed,
        count(*) filter (
            where is_hidden and (numerator is not null or denominator is not null or value is not null)
        ) as hidden_failed,
        count(*) filter (
            where is_small and not is_hidden and display ~ '[0-9]'
                and (profile = 'open' or value_type in ('count', 'money'))
        ) as display_failed
    from judged
    group by authority_code, profile, table_name
),

-- one hidden group whose fellows and whole are all shown is the whole less its fellows
marked as (
    select
        judged.*,
        bool_or(breakdown = 'all' and not is_hidden and numerator is not null) over figure_rows as is_whole_shown
    from judged
    window figure_rows as (
        partition by table_name, profile, authority_code, indicator_code, period_type, period_label
    )
),

groups as (
    select
        authority_code,
        profile || ' ' || table_name as subject,
        count(*) filter (where is_hidden) as hidden_groups,
        bool_and(is_whole_shown) as is_whole_shown
    from marked
    where breakdown = any(additive_breakdowns)
    group by authority_code, profile, table_name, indicator_code, period_type, period_label, breakdown
),

complements as (
    select
        authority_code,
        subject,
        count(*) as checked,
        count(*) filter (where hidden_groups = 1 and is_whole_shown) as failed
    from groups
    group by authority_code, subject
),

-- one hidden month of a shown quarter, or quarter of a shown half year, year or year to date, is found in the same way;
-- every row is put under each span that it is a part of, or is the whole of, so that one grouping finds all of them
additive_rows as (
    select
        judged.*,
        (date_trunc('quarter', period_start_date::timestamp))::date as quarter_start,
        (date_trunc('year', period_start_date::timestamp - interval '3 months') + interval '3 months')::date as year_start
    from judged
    where is_additive_over_periods and profile = 'open' and breakdown = 'all'
),

span_rows as (
    select
        table_name, authority_code, indicator_code, 'month' as part_type, quarter_start as span_start,
        (quarter_start + interval '3 months')::date - 1 as span_end, period_start_date, period_end_date, is_hidden,
        false as is_whole_shown
    from additive_rows
    where period_type = 'month'
    union all
    -- a quarter is part of every year to date that ends with it or later, and of its half year
    select
        table_name, authority_code, indicator_code, 'quarter', spans.span_start,
        (spans.span_end)::date - 1, period_start_date, period_end_date, is_hidden, false
    from additive_rows
    cross join lateral (
        select year_start as span_start, year_start + make_interval(months => months) as span_end
        from unnest(array[6, 9, 12]) as months
        where year_start + make_interval(months => months) > period_end_date
        union all
        select (year_start + interval '6 months')::date, year_start + interval '12 months'
        where period_start_date >= year_start + interval '6 months'
    ) as spans
    where period_type = 'quarter'
    union all
    select
        table_name, authority_code, indicator_code,
        case when period_end_date < period_start_date + interval '3 months' then 'month' else 'quarter' end,
        period_start_date, period_end_date, null, null, null, not is_hidden and numerator is not null
    from additive_rows
    where period_type <> 'month'
),

spans as (
    select
        authority_code,
        'open ' || table_name as subject,
        count(*) filter (where is_hidden) as hidden_parts,
        count(is_hidden) as parts,
        -- a sum speaks only when all its parts are published: what began before the history that is held does not
        coalesce(sum(period_end_date - period_start_date + 1) = max(period_end_date) - span_start + 1, false)
            as is_complete,
        bool_or(is_whole_shown) as is_whole_shown
    from span_rows
    group by authority_code, table_name, indicator_code, part_type, span_start, span_end
),

differences as (
    select
        authority_code,
        subject,
        count(*) as checked,
        count(*) filter (where hidden_parts = 1 and parts > 1) as failed
    from spans
    where is_whole_shown and is_complete
    group by authority_code, subject
),

-- what is shown must be what was counted
agreement as (
    select
        shown.authority_code,
        shown.profile || ' ' || shown.table_name as subject,
        count(*) as checked,
        count(*) filter (
            where
                truth.authority_code is null
                or (
                    shown.value is not null
                    -- a percentage whose terms are hidden is rounded: its digits would tell them
                    and shown.value is distinct from case
                        when shown.numerator is null then round(truth.value, 1) else truth.value
                    end
                )
        ) as failed
    from shown
    left join marts_candidate.indicator_values as truth
        on
            truth.authority_code = shown.authority_code
            and truth.indicator_code = shown.indicator_code
            and truth.period_type = shown.period_type
            and truth.period_label = shown.period_label
            and truth.breakdown = shown.breakdown
            and truth.breakdown_value = shown.breakdown_value
    group by shown.authority_code, shown.profile, shown.table_name
),

floors as (
    select
        context.authority_code,
        profile || ' ' || table_name as subject,
        (
            select count(*)
            from shown
            where
                shown.authority_code = context.authority_code
                and shown.profile = wanted.profile
                and shown.table_name = wanted.table_name
        ) as rows_there
    from staging.run_context as context
    cross join (
        select profile, table_name
        from unnest(array[{% for profile in profiles %}'{{ profile }}'{{ ', ' if not loop.last }}{% endfor %}]) as profile
        cross join unnest(array[{% for table in tables %}'{{ table }}'{{ ', ' if not loop.last }}{% endfor %}]) as table_name
    ) as wanted
)

select authority_code, 'DIS01' as check_code, subject, open_failed::double precision as value, checked,
    open_failed as failed
from small_shown
union all
select authority_code, 'DIS02', subject, hidden_failed::double precision, checked, hidden_failed from small_shown
union all
select authority_code, 'DIS03', subject, (any_failed + display_failed)::double precision, checked,
    any_failed + display_failed
from small_shown
union all
select authority_code, 'DIS04', subject, failed::double precision, checked, failed from complements
union all
select authority_code, 'DIS05', subject, failed::double precision, checked, failed from differences
union all
select authority_code, 'DIS06', subject, rows_there::double precision, rows_there,
    case when rows_there = 0 then 1 else 0 end
from floors
union all
select authority_code, 'DIS07', subject, failed::double precision, checked, failed from agreement
union all
select
    tests.authority_code, 'DIS08', replace(tests.test_name, '_', ' '), tests.failed_rows::double precision, 1,
    tests.failed_rows
from staging.authority_tests as tests
inner join staging.run_context as context using (authority_code, run_id)
where tests.layer = 'reporting'
