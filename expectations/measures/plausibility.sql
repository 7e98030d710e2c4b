-- Is the newest ended period like those before it? Counts against the twelve months before and the same month a year
-- ago, percentages against the four quarters before: in standard deviations, of which chance is one part and the usual
-- unrest of this work (a sixth of a count, six points of a percentage) the other. The milder of the two comparisons
-- counts, so that neither a season nor a step of long ago raises an alarm; small authorities are all chance and silent.
with register as (
    select
        code,
        value_type,
        string_to_array(period_types, '|') as period_types
    from marts_candidate.indicators
    where not is_corporate
),

ended as (
    select
        v.authority_code,
        v.indicator_code,
        register.value_type,
        v.period_type,
        v.period_label,
        v.numerator::double precision as numerator,
        v.denominator::double precision as denominator,
        row_number() over recent as age
    from marts_candidate.indicator_values as v
    inner join register
        on
            v.indicator_code = register.code
            and v.period_type
            = case register.value_type when 'count' then 'month' when 'percent' then 'quarter' end
            and v.period_type = any(register.period_types)
    where v.breakdown = 'all' and v.status in ('final', 'no_denominator')
    window recent as (
        partition by v.authority_code, v.indicator_code order by v.period_start_date desc
    )
),

counts as (
    select
        authority_code,
        indicator_code,
        max(period_label) filter (where age = 1) as period_label,
        max(numerator) filter (where age = 1) as now_there,
        max(numerator) filter (where age = 13) as year_ago,
        avg(numerator) filter (where age between 2 and 13) as usual,
        count(*) filter (where age between 2 and 13) as months_before
    from ended
    where value_type = 'count'
    group by authority_code, indicator_code
),

count_distances as (
    select
        authority_code,
        indicator_code,
        period_label,
        least(
            abs(now_there - usual) / sqrt(greatest(usual, 1) + (0.17 * usual) ^ 2),
            coalesce(abs(now_there - year_ago) / sqrt(greatest(year_ago, 1) + (0.17 * year_ago) ^ 2), 'infinity')
        ) as distance
    from counts
    where months_before >= 6
),

percentages as (
    select
        authority_code,
        indicator_code,
        max(period_label) filter (where age = 1) as period_label,
        max(numerator) filter (where age = 1) as numerator_now,
        max(denominator) filter (where age = 1) as denominator_now,
        sum(numerator) filter (where age between 2 and 5) as numerator_before,
        sum(denominator) filter (where age between 2 and 5) as denominator_before
    from ended
    where value_type = 'percent'
    group by authority_code, indicator_code
),

shares as (
    select
        *,
        numerator_now / denominator_now as share_now,
        least(greatest(numerator_before / denominator_before, 0.02), 0.98) as share_before
    from percentages
    where denominator_now >= 20 and denominator_before >= 40
)

select
    authority_code,
    'PLA01' as check_code,
    indicator_code || ' in ' || period_label as subject,
    distance as value,
    1 as checked,
    null::integer as failed
from count_distances
union all
select
    authority_code,
    'PLA02',
    indicator_code || ' in ' || period_label,
    abs(share_now - share_before) / sqrt(share_before * (1 - share_before) / denominator_now + 0.06 ^ 2),
    1,
    null
from shares
