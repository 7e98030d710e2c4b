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
    source,
    authority_code,
    count(*) filter (where status = 'accepted') as accepted_count,
    count(*) filter (where status = 'refused') as refused_count,
    count(*) filter (where status = 'withdrawn') as withdrawn_count,
    max(business_date) filter (where status = 'accepted') as last_business_date,
    coalesce(sum(rows_in_files) filter (where status = 'accepted'), 0) as rows_in_files,
    coalesce(sum(rows_accepted) filter (where status = 'accepted'), 0) as rows_accepted,
    coalesce(sum(rows_quarantined) filter (where status = 'accepted'), 0) as rows_quarantined,
    coalesce(sum(rows_of_totals.row_count) filter (where status = 'accepted'), 0) as rows_of_totals
from deliveries
left join rows_of_totals on deliveries.delivery_id = rows_of_totals.delivery_id
group by source, authority_code
order by source, authority_code
