with

deliveries as (
    select * from landing.deliveries
),

-- they are no rows that could not be read
rows_of_totals as (
    select
        delivery_id,
        count(*) as row_count
    from landing.quarantine
    where reason_code = 'total_row'
    group by delivery_id
)

select
    deliveries.source,
    deliveries.authority_code,
    count(*) filter (where deliveries.status = 'accepted') as accepted_count,
    count(*) filter (where deliveries.status = 'refused') as refused_count,
    count(*) filter (where deliveries.status = 'withdrawn') as withdrawn_count,
    max(deliveries.business_date) filter (where deliveries.status = 'accepted') as last_business_date,
    coalesce(sum(deliveries.rows_in_files) filter (where deliveries.status = 'accepted'), 0) as rows_in_files,
    coalesce(sum(deliveries.rows_accepted) filter (where deliveries.status = 'accepted'), 0) as rows_accepted,
    coalesce(sum(deliveries.rows_quarantined) filter (where deliveries.status = 'accepted'), 0) as rows_quarantined,
    coalesce(sum(rows_of_totals.row_count) filter (where deliveries.status = 'accepted'), 0) as rows_of_totals
from deliveries
left join rows_of_totals on deliveries.delivery_id = rows_of_totals.delivery_id
group by deliveries.source, deliveries.authority_code
order by deliveries.source, deliveries.authority_code
