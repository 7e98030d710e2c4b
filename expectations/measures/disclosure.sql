-- An attack on the scorecard and the series: what a reader could see, or work out by subtraction, that must be hidden.
-- The truth is taken from indicator_values, never from the reporting rows themselves. Small is 1 to {{ smallest - 1 }}.
with register as (
    select
        code,
        value_type,
        string_to_array(coalesce(printed_breakdowns, ''), '|') as printed_breakdowns
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
        (shown.display in ('[c]', '*') or shown.status = 'suppressed') as is_hidden,
        case
            when register.value_type in ('count', 'money')
                then truth.numerator between 1 and {{ smallest - 1 }}
            when register.value_type = 'mean'
                then truth.denominator between 1 and {{ smallest - 1 }}
            else
                truth.numerator between 1 and {{ smallest - 1 }}
                or truth.denominator - truth.numerator between 1 and {{ smallest - 1 }}
                or truth.denominator between 1 and {{ smallest - 1 }}
        end as is_small,
        -- the council prints it, so that hiding it would hide nothing
        shown.profile = 'committee' and shown.breakdown = any(register.printed_breakdowns) as is_printed
    from shown
    inner join register on shown.indicator_code = register.code
    inner join marts_candidate.indicator_values as truth
        on
            shown.authority_code = truth.authority_code
            and shown.indicator_code = truth.indicator_code
            and shown.period_type = truth.period_type
            and shown.period_label = truth.period_label
            and shown.breakdown = truth.breakdown
            and shown.breakdown_value = truth.breakdown_value
),

small_shown as (
    select
        authority_code,
        profile || ' ' || table_name as subject,
        count(*) as checked,
        count(*) filter (
            where is_small and profile <> 'committee'
            and (value is not null or numerator is not null or denominator is not null)
        ) as open_failed,
        count(*) filter (
            where is_small and not (is_printed and value_type = 'count')
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
            and (profile <> 'committee' or (value_type in ('count', 'money') and not is_printed))
        ) as display_failed
    from judged
    group by authority_code, profile, table_name
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
                and not (shown.profile = 'rounded' and register.code is not null)
                -- a percentage whose terms are hidden is rounded: its digits would tell them
                and shown.value is distinct from case
                    when shown.numerator is null then round(truth.value, 1) else truth.value
                end
            )
        ) as failed
    from shown
    left join marts_candidate.indicator_values as truth
        on
            shown.authority_code = truth.authority_code
            and shown.indicator_code = truth.indicator_code
            and shown.period_type = truth.period_type
            and shown.period_label = truth.period_label
            and shown.breakdown = truth.breakdown
            and shown.breakdown_value = truth.breakdown_value
    left join register on shown.indicator_code = register.code
    group by shown.authority_code, shown.profile, shown.table_name
),

-- whoever has a rate has its numerator, as the population is public
rates as (
    select
        rates.authority_code,
        rates.profile,
        count(*) as checked,
        count(*) filter (
            where
            series.authority_code is null
            or rates.numerator is distinct from series.value
            or rates.rate is distinct from rates.per_population * series.value / rates.population
            or (series.value is null and rates.display is distinct from series.display)
        ) as failed
    from reporting_candidate.rpt_rates as rates
    left join reporting_candidate.rpt_indicator_series as series
        on
            rates.profile = series.profile
            and rates.authority_code = series.authority_code
            and rates.indicator_code = series.indicator_code
            and rates.period_type = series.period_type
            and rates.period_label = series.period_label
            and series.breakdown = 'all'
    group by rates.authority_code, rates.profile
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
        from unnest(string_to_array('{{ profiles | join("|") }}', '|')) as profile
        cross join unnest(string_to_array('{{ tables | join("|") }}', '|')) as table_name
    ) as wanted
)

select
    authority_code, 'DIS01' as check_code, subject, open_failed::double precision as value, checked,
    open_failed as failed
from small_shown
union all
select authority_code, 'DIS02', subject, hidden_failed::double precision, checked, hidden_failed from small_shown
union all
select
    authority_code, 'DIS03', subject, (any_failed + display_failed)::double precision, checked,
    any_failed + display_failed
from small_shown
union all
select
    authority_code, 'DIS06', subject, rows_there::double precision, rows_there,
    case when rows_there = 0 then 1 else 0 end
from floors
union all
select authority_code, 'DIS07', subject, failed::double precision, checked, failed from agreement
union all
select authority_code, 'DIS11', profile, failed::double precision, checked, failed from rates
union all
select
    proofs.authority_code, proofs.check_code, proofs.subject, proofs.value, proofs.checked, proofs.failed
from (
    values
    {% for proof in proofs %}
        (
            '{{ proof.authority_code }}', '{{ proof.check_code }}', '{{ proof.subject }}',
            {{ proof.value }}::double precision, {{ proof.checked }}, {{ proof.failed }}
        ){{ ',' if not loop.last }}
    {% else %}
    (null, null, null, null, null, null)
    {% endfor %}
) as proofs (authority_code, check_code, subject, value, checked, failed)
where proofs.authority_code is not null
union all
select
    outcomes.authority_code, 'DIS09', outcomes.profile || coalesce(': ' || nullif(outcomes.failing_relations, ''), ''),
    outcomes.relations_failed::double precision, outcomes.relations_checked, outcomes.relations_failed
from staging.disclosure_outcomes as outcomes
inner join staging.run_context using (authority_code, run_id)
union all
select
    outcomes.authority_code, 'DIS10', outcomes.profile, outcomes.pinned_numbers::double precision,
    outcomes.small_numbers, outcomes.pinned_numbers
from staging.disclosure_outcomes as outcomes
inner join staging.run_context using (authority_code, run_id)
