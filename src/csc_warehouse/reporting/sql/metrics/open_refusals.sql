with

deliveries as (
    select distinct
        source,
        authority_code
    from landing.deliveries
),

refusals as (
    select * from landing.open_refusals
)

select
    deliveries.source,
    deliveries.authority_code as authority,
    count(refusals.delivery_id) as open_refusals
from deliveries
left join refusals on deliveries.source = refusals.source and deliveries.authority_code = refusals.authority_code
group by deliveries.source, deliveries.authority_code
order by deliveries.source, deliveries.authority_code
