-- Figures against themselves: what must be true of indicator_values whatever was recorded. One scan, no history.
-- Yields authority_code, check_code, subject, value (what the limit speaks of), checked, failed.
with registered as (
    select
        code,
        value_type,
        is_additive_over_periods,
        breakdown_denominator,
        string_to_array(coalesce(additive_breakdowns, ''), '|') as additive_breakdowns
    from marts_candidate.indicators
),

figures as (
    select v.*
    from marts_candidate.indicator_values as v
),

arithmetic as (
    select
        figures.authority_code,
        figures.indicator_code,
        count(*) as checked,
        count(*) filter (
            where registered.value_type = 'percent' and figures.numerator > figures.denominator
        ) as above_whole,
        count(*) filter (
            where figures.numerator is null
            or (registered.value_type <> 'money' and figures.numerator < 0)
            or figures.denominator < 0
            or (registered.value_type in ('percent', 'mean') and figures.denominator is null)
        ) as impossible,
        count(*) filter (
            where case
                when figures.status in ('insufficient_history', 'no_denominator') then figures.value is not null
                when registered.value_type in ('count', 'money') then figures.value is distinct from figures.numerator
                else
                    figures.value is null
                    or abs(
                        figures.value
                        - case registered.value_type when 'percent' then 100 else 1 end
                        * figures.numerator / nullif(figures.denominator, 0)
                    ) > 0.000001
            end
        ) as miscalculated,
        count(*) filter (where registered.code is null) as unregistered
    from figures
    left join registered on figures.indicator_code = registered.code
    group by figures.authority_code, figures.indicator_code
),

-- longer periods against the months and quarters that they are made of
longer as (
    select
        whole.authority_code,
        whole.indicator_code,
        whole.period_type,
        whole.period_label,
        whole.numerator,
        whole.denominator,
        sum(part.numerator) as parts_numerator,
        sum(part.denominator) as parts_denominator
    from figures as whole
    inner join registered on whole.indicator_code = registered.code and registered.is_additive_over_periods
    inner join figures as part
        on
            whole.authority_code = part.authority_code
            and whole.indicator_code = part.indicator_code
            and part.breakdown = 'all'
            and part.period_type = case whole.period_type when 'quarter' then 'month' else 'quarter' end
            and part.period_start_date between whole.period_start_date and whole.period_end_date
    where whole.breakdown = 'all' and whole.period_type <> 'month'
    group by
        whole.authority_code, whole.indicator_code, whole.period_type, whole.period_label, whole.period_start_date,
        whole.numerator, whole.denominator
    -- figures begin with the month of the first contact held: what began before it also counts what no part shows
    having min(part.period_start_date) = whole.period_start_date
),

additive as (
    select
        authority_code,
        indicator_code,
        count(*) as checked,
        count(*) filter (
            where numerator is distinct from parts_numerator or denominator is distinct from parts_denominator
        ) as failed
    from longer
    group by authority_code, indicator_code
),

-- groups against their whole; a whole of nought has no groups, so the whole leads
grouped as (
    select
        whole.authority_code,
        whole.indicator_code,
        breakdown_name,
        whole.period_type,
        whole.period_label,
        whole.numerator,
        whole.denominator,
        coalesce(sum(part.numerator), 0) as groups_numerator,
        coalesce(sum(part.denominator), 0) as groups_denominator
    from figures as whole
    inner join registered on whole.indicator_code = registered.code
    cross join lateral unnest(registered.additive_breakdowns) as breakdown_name
    left join figures as part
        on
            whole.authority_code = part.authority_code
            and whole.indicator_code = part.indicator_code
            and whole.period_type = part.period_type
            and whole.period_label = part.period_label
            and part.breakdown = breakdown_name
    where whole.breakdown = 'all' and breakdown_name <> '' and registered.breakdown_denominator = 'group'
    group by
        whole.authority_code, whole.indicator_code, breakdown_name, whole.period_type, whole.period_label,
        whole.numerator, whole.denominator
),

groups as (
    select
        authority_code,
        indicator_code,
        count(*) as checked,
        count(*) filter (
            where groups_numerator <> numerator or (denominator is not null and groups_denominator <> denominator)
        ) as failed
    from grouped
    group by authority_code, indicator_code
),

measured as (
    select
        authority_code,
        'FIG01' as check_code,
        indicator_code as subject,
        above_whole as failed,
        checked
    from arithmetic
    union all
    select
        authority_code,
        'FIG02',
        indicator_code,
        impossible,
        checked
    from arithmetic
    union all
    select
        authority_code,
        'FIG03',
        indicator_code,
        miscalculated,
        checked
    from arithmetic
    union all
    select
        authority_code,
        'FIG04',
        indicator_code,
        unregistered,
        checked
    from arithmetic
    union all
    select
        authority_code,
        'FIG05',
        indicator_code,
        failed,
        checked
    from additive
    union all
    select
        authority_code,
        'FIG06',
        indicator_code,
        failed,
        checked
    from groups
)

select
    authority_code,
    check_code,
    subject,
    failed::double precision as value,
    checked,
    failed
from measured
