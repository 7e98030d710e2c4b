insert into staging.run_context
with configured as (
    select
        code as authority_code,
        name as authority_name,
        cut_over as configured_cut_over_date
    from unnest(cast(:codes as text[]), cast(:names as text[]), cast(:cut_overs as date[])) as t (code, name, cut_over)
),

accepted as (
    select
        d.source,
        d.authority_code,
        d.business_date
    from landing.deliveries as d
    where d.status = 'accepted' and d.source in ('raise', 'wccis') and d.business_date <= :requested
),

delivering as (
    select distinct accepted.authority_code
    from accepted
),

first_deliveries as (
    select
        d.authority_code,
        min(d.business_date) as business_date
    from landing.deliveries as d
    where d.status = 'accepted' and d.source = 'wccis'
    group by d.authority_code
),

authorities as (
    -- what is not configured is known by its deliveries alone; its first WCCIS delivery, even one after the
    -- requested day, is then its cut-over, so that an earlier as-at reads the same deliveries
    select
        a.authority_code,
        coalesce(c.authority_name, a.authority_code) as authority_name,
        coalesce(c.configured_cut_over_date, f.business_date) as cut_over_date,
        c.configured_cut_over_date is null and f.business_date is not null as is_cut_over_assumed
    from delivering as a
    left join configured as c on a.authority_code = c.authority_code
    left join first_deliveries as f on a.authority_code = f.authority_code
),

usable as (
    select
        a.authority_code,
        max(d.business_date) filter (
            where d.source = 'raise' and (a.cut_over_date is null or d.business_date < a.cut_over_date)
        ) as raise_date,
        max(d.business_date) filter (where d.source = 'wccis' and d.business_date >= a.cut_over_date) as wccis_date,
        min(d.business_date) filter (where d.source = 'wccis' and d.business_date >= a.cut_over_date) as first_date
    from authorities as a
    inner join accepted as d on a.authority_code = d.authority_code
    group by a.authority_code
)

select
    a.authority_code,
    a.authority_name,
    :run_id as run_id,
    :requested as requested_date,
    coalesce(u.wccis_date, u.raise_date) as as_at_date,
    (coalesce(u.wccis_date, u.raise_date) + 1)::timestamp at time zone 'Europe/London' as as_at_end_at,
    a.cut_over_date,
    a.is_cut_over_assumed,
    case when u.wccis_date is null then 'raise' else 'wccis' end as live_source,
    u.raise_date,
    u.wccis_date,
    u.first_date,
    (
        select max(d.business_date)
        from landing.deliveries as d
        where
            d.status = 'accepted' and d.source = 'corporate' and d.authority_code = a.authority_code
            and d.business_date <= coalesce(u.wccis_date, u.raise_date)
    ) as corporate_as_at_date,
    a.authority_code = :home as is_home_authority
from authorities as a
inner join usable as u on a.authority_code = u.authority_code
where coalesce(u.wccis_date, u.raise_date) is not null
