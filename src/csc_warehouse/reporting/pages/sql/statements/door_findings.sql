with usable as (
    select
        deliveries.delivery_id,
        deliveries.business_date,
        row_number() over (
            partition by deliveries.source, deliveries.name order by deliveries.business_date desc
        ) as age,
        max(deliveries.business_date) filter (where deliveries.kind = 'full') over (
            partition by deliveries.source, deliveries.name
        ) as last_full_date
    from landing.deliveries as deliveries
    where
        deliveries.authority_code = :authority_code and deliveries.status = 'accepted'
        and deliveries.business_date <= :as_at_date
        and deliveries.source in ('corporate', (
            select newest_case.source from landing.deliveries as newest_case
            where
                newest_case.authority_code = :authority_code and newest_case.status = 'accepted'
                and newest_case.source <> 'corporate' and newest_case.business_date <= :as_at_date
            order by newest_case.business_date desc, newest_case.delivery_id desc
            limit 1
        ))
),

-- the newest of each source; where it brings changes alone, the last full extract and all since
newest as (
    select
        delivery_id,
        business_date
    from usable
    where age = 1 or business_date >= last_full_date
)

select distinct on (results.check_code)
    results.check_code,
    results.sentence,
    results.severity,
    results.owner,
    results.status,
    results.checked,
    results.failed,
    results.indicators,
    results.gate,
    results.change,
    newest.business_date,
    (
        select min(run.as_at_date)
        from quality.check_results as run
        where
            run.authority_code = results.authority_code and run.check_code = results.check_code
            and run.scope = results.scope and run.first_failed_at = results.first_failed_at
    ) as since_date
from newest
inner join quality.check_results as results on newest.delivery_id = results.delivery_id and results.gate = 'door'
where
    results.severity <> 'info' and (results.status <> 'passed' or results.change = 'mended')
order by results.check_code, (results.status = 'passed'), newest.business_date desc
