select distinct on (deliveries.source)
    deliveries.source,
    deliveries.business_date,
    deliveries.rows_in_files,
    deliveries.rows_quarantined
from landing.deliveries as deliveries
where
    deliveries.authority_code = :authority_code and deliveries.status = 'accepted'
    and deliveries.business_date <= :as_at_date
    and (
        deliveries.source = 'corporate'
        or deliveries.business_date > (
            select max(newest.business_date) from landing.deliveries as newest
            where
                newest.authority_code = :authority_code and newest.status = 'accepted'
                and newest.source <> 'corporate' and newest.business_date <= :as_at_date
        ) - cast(:forgotten_days as integer)
    )
order by deliveries.source, deliveries.business_date desc, deliveries.delivery_id desc
