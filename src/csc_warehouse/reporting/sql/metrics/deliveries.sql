with

deliveries as (
    select * from landing.deliveries
),

accepted as (
    select
        source,
        authority_code,
        business_date,
        received_at,
        landed_at,
        rows_accepted,
        rows_quarantined,
        row_number() over (
            partition by source, authority_code, name order by business_date desc, delivery_id desc
        ) as age
    from deliveries
    where status = 'accepted'
)

select
    source,
    authority_code as authority,
    extract(epoch from max(received_at)) as delivery_received_timestamp_seconds,
    extract(epoch from max(business_date)::timestamp at time zone 'Europe/London')
        as delivery_business_date_timestamp_seconds,
    sum(rows_accepted) filter (where age = 1) as delivery_accepted_rows,
    sum(rows_quarantined) filter (where age = 1) as delivery_quarantined_rows,
    extract(epoch from max(landed_at - received_at) filter (where age = 1)) as delivery_waited_seconds
from accepted
group by source, authority_code
order by source, authority_code
