insert into staging.run_context
with named as (
    select
        t.authority_code,
        t.authority_name
    from unnest(cast(:codes as text[]), cast(:names as text[])) as t (authority_code, authority_name)
),

last_systems as (
    select distinct on (authority_code)
        authority_code,
        live_from_date,
        is_first_day_assumed
    from staging.run_systems
    where live_from_date is not null
    order by authority_code, system_number desc
)

select
    live.authority_code,
    coalesce(named.authority_name, live.authority_code) as authority_name,
    :run_id as run_id,
    :requested as requested_date,
    live.as_at_date,
    (live.as_at_date + 1)::timestamp at time zone 'Europe/London' as as_at_end_at,
    last_systems.live_from_date as cut_over_date,
    coalesce(last_systems.is_first_day_assumed, false) as is_cut_over_assumed,
    live.source_name as live_source,
    (
        select max(d.business_date)
        from landing.deliveries as d
        where
            d.status = 'accepted' and d.source = 'corporate' and d.authority_code = live.authority_code
            and d.business_date <= live.as_at_date
    ) as corporate_as_at_date,
    live.authority_code = :home as is_home_authority
from staging.run_systems as live
left join named on live.authority_code = named.authority_code
left join last_systems on live.authority_code = last_systems.authority_code
where live.is_live
