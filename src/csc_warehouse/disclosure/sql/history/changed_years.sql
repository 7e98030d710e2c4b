with candidate as (
    select
        c.indicator_code,
        c.period_type,
        c.period_label,
        c.breakdown,
        c.breakdown_value,
        c.numerator,
        c.denominator,
        p.effective_end_date,
        p.financial_year_start_date
    from marts_candidate.indicator_values as c
    inner join marts_candidate.dim_periods as p
        on c.authority_code = p.authority_code and c.period_type = p.period_type and c.period_label = p.period_label
    where c.authority_code = :authority and c.indicator_code = any(:codes)
),

earlier as (
    select
        v.release_id,
        v.indicator_code,
        v.period_type,
        v.period_label,
        v.breakdown,
        v.breakdown_value,
        v.numerator,
        v.denominator,
        p.effective_end_date,
        p.financial_year_start_date
    from release.marts__indicator_values as v
    inner join release.marts__dim_periods as p
        on
            v.release_id = p.release_id
            and v.authority_code = p.authority_code
            and v.period_type = p.period_type
            and v.period_label = p.period_label
    where v.authority_code = :authority and v.release_id = any(:releases) and v.indicator_code = any(:codes)
),

counted_otherwise as (
    select
        earlier.release_id,
        earlier.financial_year_start_date as year_start
    from earlier
    left join candidate
        on
            earlier.indicator_code = candidate.indicator_code
            and earlier.period_type = candidate.period_type
            and earlier.period_label = candidate.period_label
            and earlier.breakdown = candidate.breakdown
            and earlier.breakdown_value = candidate.breakdown_value
            and earlier.effective_end_date = candidate.effective_end_date
            and earlier.numerator = candidate.numerator
            and earlier.denominator is not distinct from candidate.denominator
    where candidate.indicator_code is null
),

counted_now_alone as (
    select
        held.release_id,
        candidate.financial_year_start_date as year_start
    from unnest(cast(:releases as bigint[])) as held (release_id)
    cross join candidate
    left join earlier
        on
            held.release_id = earlier.release_id
            and candidate.indicator_code = earlier.indicator_code
            and candidate.period_type = earlier.period_type
            and candidate.period_label = earlier.period_label
            and candidate.breakdown = earlier.breakdown
            and candidate.breakdown_value = earlier.breakdown_value
    where earlier.release_id is null
)

select
    release_id,
    year_start
from counted_otherwise
union distinct
select
    release_id,
    year_start
from counted_now_alone
