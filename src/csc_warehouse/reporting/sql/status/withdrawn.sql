with

deliveries as (
    select * from landing.deliveries
)

select
    delivery_id,
    source,
    authority_code,
    name,
    business_date,
    reason
from deliveries
where status = 'withdrawn'
order by business_date desc, source
limit 20
