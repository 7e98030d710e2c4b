with judged as (
    select
        results.delivery_id,
        results.authority_code,
        results.scope,
        results.as_at_date,
        bool_or(results.status <> 'passed' and results.severity <> 'info') as is_failing
    from landing.deliveries as deliveries
    inner join quality.check_results as results on deliveries.delivery_id = results.delivery_id
    where
        results.gate = 'door'
        and deliveries.business_date >= (
            select max(newest.business_date) from landing.deliveries as newest
            where newest.status = 'accepted'
        ) - cast(:kept_days as integer)
    group by results.delivery_id, results.authority_code, results.scope, results.as_at_date
)

select
    judged.*,
    row_number() over (order by judged.delivery_id desc) as age,
    row_number() over (partition by judged.is_failing order by judged.delivery_id desc) as age_of_kind
from judged
order by judged.delivery_id
