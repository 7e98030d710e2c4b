-- Where a percentage would lie if every unknown fact were known: the figure counts them as not met, which is its
-- cautious end where high is good; the other end counts all of them as met.
with unknown_facts as (
    {{ unknown_facts }}
),

unknown_counts as (
    select
        unknown_facts.authority_code,
        unknown_facts.indicator_code,
        periods.period_type,
        periods.period_label,
        count(distinct unknown_facts.record_key) as unknown_count
    from unknown_facts
    inner join marts_candidate.indicators as register
        on unknown_facts.indicator_code = register.code and register.value_type = 'percent'
    inner join marts_candidate.dim_periods as periods
        on
            unknown_facts.authority_code = periods.authority_code
            and periods.period_type = any(string_to_array(register.period_types, '|'))
            and case register.flow_or_stock
                when 'stock' then unknown_facts.counting_from_date = periods.effective_end_date
                else unknown_facts.counting_from_date between periods.period_start_date and periods.effective_end_date
            end
    group by
        unknown_facts.authority_code, unknown_facts.indicator_code, periods.period_type, periods.period_label
)

select
    figures.authority_code,
    figures.indicator_code,
    figures.period_type,
    figures.period_label,
    figures.period_end_date,
    unknown_counts.unknown_count,
    figures.value::double precision as lower_bound,
    (
        100 * least(figures.numerator + unknown_counts.unknown_count, figures.denominator) / figures.denominator
    )::double precision as upper_bound
from unknown_counts
inner join marts_candidate.indicator_values as figures
    on
        unknown_counts.authority_code = figures.authority_code
        and unknown_counts.indicator_code = figures.indicator_code
        and unknown_counts.period_type = figures.period_type
        and unknown_counts.period_label = figures.period_label
        and figures.breakdown = 'all'
where figures.denominator > 0 and figures.value is not null
order by figures.authority_code, figures.indicator_code, figures.period_end_date, figures.period_type
