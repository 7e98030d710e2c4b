with

deliveries as (
    select * from landing.deliveries
)

select
    source,
    authority_code as authority,
    status,
    count(*) as deliveries
from deliveries
group by source, authority_code, status
order by source, authority_code, status
