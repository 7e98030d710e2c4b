with

deliveries as (
    select * from landing.deliveries
)

select
    delivery_id,
    md5(concat_ws('|', source, authority_code, business_date, rows_accepted, rows_quarantined, content_sha256)) as hash
from deliveries
order by delivery_id
