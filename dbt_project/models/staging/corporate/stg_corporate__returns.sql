select
    deliveries.authority_code,
    'corporate' as source_name,
    deliveries.name as return_kind,
    deliveries.business_date,
    deliveries.delivery_id,
    deliveries.rows_accepted as row_count
from {{ source('landing', 'deliveries') }} as deliveries
inner join {{ source('context', 'run_context') }} as context
    on
        deliveries.authority_code = context.authority_code
        and deliveries.business_date <= context.corporate_as_at_date
where deliveries.source = 'corporate' and deliveries.status = 'accepted'
