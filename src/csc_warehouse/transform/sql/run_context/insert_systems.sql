insert into staging.run_systems
with delivered as (
    select
        d.source as source_name,
        d.authority_code,
        d.business_date,
        d.kind
    from landing.deliveries as d
    where d.status = 'accepted' and d.source = any(cast(:systems as text[]))
),

delivering as (
    select distinct delivered.authority_code
    from delivered
    where delivered.business_date <= :requested
),

-- what is not configured is known by its deliveries alone, also by one after the requested day, so that an earlier
-- as-at reads the same deliveries
first_deliveries as (
    select
        delivered.authority_code,
        delivered.source_name,
        min(delivered.business_date) as business_date
    from delivered
    group by delivered.authority_code, delivered.source_name
),

configured as (
    select
        t.authority_code,
        t.source_name,
        t.place,
        t.first_day
    from unnest(
        cast(:codes as text[]), cast(:sources as text[]), cast(:places as int[]), cast(:first_days as date[])
    ) as t (authority_code, source_name, place, first_day)
),

configuring as (
    select distinct authority_code
    from configured
    where authority_code <> ''
),

-- the chain without a code is that of an authority that is not configured
chains as (
    select
        delivering.authority_code,
        configured.source_name,
        configured.place,
        coalesce(
            configured.first_day, case when configured.place > 1 then first_deliveries.business_date end
        ) as live_from_date,
        configured.first_day is null and configured.place > 1 as is_first_day_assumed
    from delivering
    left join configuring as own on delivering.authority_code = own.authority_code
    inner join configured
        on configured.authority_code = coalesce(own.authority_code, '')
    left join first_deliveries
        on
            delivering.authority_code = first_deliveries.authority_code
            and configured.source_name = first_deliveries.source_name
    where configured.first_day is not null or first_deliveries.business_date is not null
),

bounded as (
    select
        chains.*,
        row_number() over (partition by chains.authority_code order by chains.place) as system_number,
        min(chains.live_from_date) over (
            partition by chains.authority_code
            order by chains.place rows between 1 following and unbounded following
        ) - 1 as live_to_date
    from chains
),

usable as (
    select
        bounded.authority_code,
        bounded.source_name,
        delivered.business_date,
        min(delivered.business_date) filter (where delivered.kind = 'full') over (
            partition by bounded.authority_code, bounded.source_name
        ) as first_usable_date
    from bounded
    inner join delivered
        on
            bounded.authority_code = delivered.authority_code
            and bounded.source_name = delivered.source_name
            and delivered.business_date <= :requested
            and (bounded.live_from_date is null or bounded.live_from_date <= delivered.business_date)
            and (bounded.live_to_date is null or bounded.live_to_date >= delivered.business_date)
),

read as (
    select
        usable.authority_code,
        usable.source_name,
        usable.first_usable_date,
        max(usable.business_date) as as_at_date
    from usable
    where usable.business_date >= usable.first_usable_date
    group by usable.authority_code, usable.source_name, usable.first_usable_date
)

select
    bounded.authority_code,
    bounded.source_name,
    bounded.system_number,
    bounded.live_from_date,
    bounded.live_to_date,
    bounded.is_first_day_assumed,
    read.first_usable_date,
    read.as_at_date,
    read.as_at_date is not null
    and bounded.system_number = max(bounded.system_number) filter (where read.as_at_date is not null) over (
        partition by bounded.authority_code
    ) as is_live
from bounded
left join read on bounded.authority_code = read.authority_code and bounded.source_name = read.source_name
