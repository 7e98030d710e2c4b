with nights as (
    select distinct on (publications.as_at_date)
        publications.as_at_date,
        publications.release_id,
        publications.verdict
    from quality.publications as publications
    where publications.authority_code = :authority_code and publications.as_at_date <= :as_at_date
    order by publications.as_at_date desc, publications.release_id desc
    limit 30
),

judged as (
    select distinct on (nights.as_at_date, results.check_code)
        nights.as_at_date,
        results.check_code,
        results.severity,
        results.status,
        results.failed,
        -- what somebody explained is no correction to make and weighs nothing, here as on the worklists
        results.severity <> 'critical' and results.status <> 'broken' and exists (
            select from quality.explanations as explained
            where
                explained.authority_code = results.authority_code and explained.check_code = results.check_code
                and explained.record_key is null and explained.withdrawn_at is null
                and explained.as_at_date <= nights.as_at_date and explained.expires_on > nights.as_at_date
        ) as is_explained
    from nights
    inner join quality.check_results as results
        on nights.release_id = results.release_id and results.authority_code = :authority_code
    order by nights.as_at_date, results.check_code, results.check_result_id desc
)

select
    nights.as_at_date,
    nights.verdict,
    count(*) filter (where judged.severity = 'critical' and judged.status <> 'passed') as critical,
    count(*) filter (
        where judged.severity = 'warning' and judged.status <> 'passed' and not judged.is_explained
    ) as warnings,
    coalesce(
        sum(judged.failed) filter (where judged.check_code = any(:rules) and not judged.is_explained), 0
    ) as records
from nights
left join judged on nights.as_at_date = judged.as_at_date
group by nights.as_at_date, nights.verdict
order by nights.as_at_date
