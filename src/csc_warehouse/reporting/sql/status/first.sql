with

deliveries as (
    select * from landing.deliveries
),

nights as (
    select
        created_at,
        row_number() over (order by release_id desc) as age
    from release.releases
),

firsts as (
    select
        authority_code,
        min(landed_at) as landed_at,
        min(business_date) as business_date
    from deliveries
    where status <> 'refused'
    group by authority_code
)

select
    firsts.authority_code,
    firsts.business_date
from firsts
where
    firsts.landed_at > coalesce((
        select nights.created_at from nights
        where nights.age = 2
    ), '-infinity')
order by firsts.authority_code
