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
    authority_code,
    business_date
from firsts
where
    landed_at > coalesce((
        select created_at from nights
        where age = 2
    ), '-infinity')
order by authority_code
