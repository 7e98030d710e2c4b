with

deliveries as (
    select * from landing.deliveries
),

entities as (
    select * from landing.delivery_entities
)

select
    deliveries.delivery_id,
    deliveries.source,
    deliveries.authority_code,
    deliveries.business_date,
    deliveries.status,
    deliveries.received_at,
    deliveries.landed_at,
    coalesce(
        array_agg(entities.file_name order by entities.entity) filter (where entities.entity is not null), '{}'
    ) as files,
    coalesce(
        array_agg(entities.entity order by entities.entity) filter (where entities.entity is not null), '{}'
    ) as entities
from deliveries
left join entities on deliveries.delivery_id = entities.delivery_id
where deliveries.landed_at >= :since
group by
    deliveries.delivery_id,
    deliveries.source,
    deliveries.authority_code,
    deliveries.business_date,
    deliveries.status,
    deliveries.received_at,
    deliveries.landed_at
order by deliveries.landed_at, deliveries.delivery_id
