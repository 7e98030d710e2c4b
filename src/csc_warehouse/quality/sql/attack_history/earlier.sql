with shown as (
    select
        release_id,
        authority_code,
        profile,
        indicator_code,
        period_type,
        period_label,
        breakdown,
        breakdown_value,
        numerator,
        denominator,
        value,
        status
    from release.reporting__rpt_indicator_series
    where not cast(:is_signed as boolean)
    union all
    select
        release_id,
        authority_code,
        profile,
        indicator_code,
        period_type,
        period_label,
        breakdown,
        breakdown_value,
        numerator,
        denominator,
        value,
        status
    from quality.signed_figures
    where cast(:is_signed as boolean)
),

earlier as materialized (
    select
        shown.release_id,
        p.financial_year_start_date as year_start,
        shown.indicator_code,
        shown.period_type,
        shown.period_label,
        shown.breakdown,
        shown.breakdown_value,
        v.period_start_date,
        p.effective_end_date,
        v.numerator::double precision as numerator,
        v.denominator::double precision as denominator,
        shown.numerator::double precision as shown_numerator,
        shown.denominator::double precision as shown_denominator,
        shown.value::double precision as shown_value
    from shown
    inner join release.marts__indicator_values as v
        on
            shown.release_id = v.release_id
            and shown.authority_code = v.authority_code
            and shown.indicator_code = v.indicator_code
            and shown.period_type = v.period_type
            and shown.period_label = v.period_label
            and shown.breakdown = v.breakdown
            and shown.breakdown_value = v.breakdown_value
    inner join release.marts__dim_periods as p
        on
            shown.release_id = p.release_id
            and shown.authority_code = p.authority_code
            and shown.period_type = p.period_type
            and shown.period_label = p.period_label
    where
        shown.authority_code = :authority
        and shown.profile = :profile
        and shown.release_id = any(:releases)
        and shown.indicator_code = any(:codes)
),

candidate as materialized (
    select
        p.financial_year_start_date as year_start,
        p.effective_end_date,
        c.indicator_code,
        c.period_type,
        c.period_label,
        c.breakdown,
        c.breakdown_value,
        c.numerator,
        c.denominator
    from marts_candidate.indicator_values as c
    inner join marts_candidate.dim_periods as p
        on c.authority_code = p.authority_code and c.period_type = p.period_type and c.period_label = p.period_label
    where c.authority_code = :authority and c.indicator_code = any(:codes)
),

compared as materialized (
    select
        earlier.*,
        candidate.indicator_code is not null as is_as_now
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
),

counts as (
    select
        year_start,
        count(*) as rows_now
    from candidate
    group by year_start
),

years as (
    select
        compared.release_id,
        compared.year_start
    from compared
    left join counts
        on compared.year_start = counts.year_start
    group by compared.release_id, compared.year_start, counts.rows_now
    having
        count(*) filter (where compared.is_as_now) is distinct from counts.rows_now
        or not bool_and(compared.is_as_now)
),

-- a year that was counted otherwise changes what follows from the year before it
changed_years as (
    select
        release_id,
        year_start
    from years
    union distinct
    select
        release_id,
        (year_start - interval '1 year')::date as year_start
    from years
),

-- of all that was shown of a figure at the same numbers, once what tells most
shown_once as (
    select distinct on (
        compared.indicator_code,
        compared.period_type,
        compared.period_label,
        compared.breakdown,
        compared.breakdown_value,
        compared.effective_end_date,
        compared.numerator,
        compared.denominator
    )
        compared.*,
        false as is_changed_year
    from compared
    where compared.shown_numerator is not null or compared.shown_value is not null
    order by
        compared.indicator_code,
        compared.period_type,
        compared.period_label,
        compared.breakdown,
        compared.breakdown_value,
        compared.effective_end_date,
        compared.numerator,
        compared.denominator,
        compared.shown_numerator is null
),

in_changed_years as (
    select
        compared.*,
        true as is_changed_year
    from compared
    inner join changed_years
        on compared.release_id = changed_years.release_id and compared.year_start = changed_years.year_start
)

select * from in_changed_years
union all
select * from shown_once
order by release_id
