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
),

newest as (
    select
        authority_code,
        max(business_date) as business_date
    from accepted
    where source <> 'corporate'
    group by authority_code
)

select
    accepted.source,
    accepted.authority_code as authority,
    extract(epoch from max(accepted.received_at)) as delivery_received_timestamp_seconds,
    extract(epoch from max(accepted.business_date)::timestamp at time zone 'Europe/London')
        as delivery_business_date_timestamp_seconds,
    sum(accepted.rows_accepted) filter (where accepted.age = 1) as delivery_accepted_rows,
    sum(accepted.rows_quarantined) filter (where accepted.age = 1) as delivery_quarantined_rows,
    extract(epoch from max(accepted.landed_at - accepted.received_at) filter (where accepted.age = 1))
        as delivery_waited_seconds,
    (accepted.source = 'corporate' or max(accepted.business_date) >= newest.business_date - 7)::integer
        as delivery_current
from accepted
left join newest on accepted.authority_code = newest.authority_code
group by accepted.source, accepted.authority_code, newest.business_date
order by accepted.source, accepted.authority_code
