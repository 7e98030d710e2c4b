select
    deliveries.source,
    deliveries.business_date,
    deliveries.reason
from landing.deliveries as deliveries
left join landing.open_refusals as refusals on deliveries.delivery_id = refusals.delivery_id
where
    deliveries.authority_code = :authority_code
    and (refusals.delivery_id is not null or deliveries.status = 'withdrawn')
    and deliveries.business_date > cast(:as_at_date as date) - 31
order by deliveries.business_date desc, deliveries.delivery_id desc
limit 5
