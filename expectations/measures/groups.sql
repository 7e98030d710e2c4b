-- Have the groups of breakdowns changed their meaning? Values that are not on the agreed lists, a distribution that
-- jumped as a remapped code list makes it jump, and names that were never used before.
with register as (
    select
        code,
        string_to_array(coalesce(additive_breakdowns, ''), '|') as additive_breakdowns
    from marts_candidate.indicators
    where
        not is_corporate and flow_or_stock = 'flow' and value_type = 'count'
        and 'quarter' = any(string_to_array(period_types, '|'))
),

ended as (
    select distinct on (authority_code, period_start_date)
        authority_code,
        period_label,
        period_start_date,
        dense_rank() over (partition by authority_code order by period_start_date desc) as age
    from marts_candidate.dim_periods
    where period_type = 'quarter' and is_ended
),

cells as (
    select
        v.authority_code,
        v.indicator_code,
        v.breakdown,
        v.breakdown_value,
        coalesce(sum(v.numerator) filter (where ended.age = 1), 0)::double precision as now_there,
        coalesce(sum(v.numerator) filter (where ended.age between 2 and 5), 0)::double precision as there_before,
        coalesce(sum(v.numerator) filter (where ended.age >= 2), 0)::double precision as ever_before
    from marts_candidate.indicator_values as v
    inner join register on v.indicator_code = register.code and v.breakdown = any(register.additive_breakdowns)
    inner join ended on v.authority_code = ended.authority_code and v.period_label = ended.period_label
    where v.period_type = 'quarter'
    group by v.authority_code, v.indicator_code, v.breakdown, v.breakdown_value
),

totalled as (
    select
        cells.*,
        sum(now_there) over breakdown_cells as all_now,
        sum(there_before) over breakdown_cells as all_before
    from cells
    window breakdown_cells as (partition by authority_code, indicator_code, breakdown)
),

measured as (
    select
        authority_code,
        indicator_code || ' by ' || breakdown as subject,
        max(all_now) as all_now,
        max(all_before) as all_before,
        coalesce(sum(now_there) filter (where breakdown_value = 'unknown'), 0) as unknown_now,
        coalesce(sum(now_there) filter (where ever_before = 0 and breakdown_value <> 'unknown'), 0) as unheard_now,
        sum(abs(now_there / nullif(all_now, 0) - there_before / nullif(all_before, 0))) / 2 as moved,
        coalesce(max(now_there) filter (where breakdown_value <> 'unknown'), 0) as largest_now,
        sum(ever_before) as all_ever_before,
        max(ever_before) as largest_ever_before
    from totalled
    group by authority_code, indicator_code, breakdown
)

select
    authority_code,
    'GRP01' as check_code,
    subject,
    case when unknown_now >= 5 then unknown_now / all_now else 0 end as value,
    all_now::bigint as checked,
    unknown_now::bigint as failed
from measured
where all_now > 0 and subject not like '%delay_reason%'
union all
select
    authority_code,
    'GRP02',
    subject,
    moved,
    all_now::bigint,
    (moved * all_now)::bigint
from measured
where all_now >= 50 and all_before >= 50
union all
select
    authority_code,
    'GRP03',
    subject,
    unheard_now / all_now,
    all_now::bigint,
    unheard_now::bigint
from measured
where all_now >= 50 and all_before >= 50
union all
-- teams can be joined to one, and one authority can place all; who brings children, and what becomes of it, stays mixed
select
    authority_code,
    'GRP04',
    subject,
    largest_now / all_now,
    all_now::bigint,
    largest_now::bigint
from measured
where
    all_now >= 50 and all_ever_before >= 50 and largest_ever_before < 0.9 * all_ever_before
    and (subject like '% by source' or subject like '% by outcome')
