with

refusals as (
    select * from landing.open_refusals
)

select
    delivery_id,
    source,
    authority_code,
    name,
    business_date,
    reason
from refusals
order by business_date desc, source
limit 20
