with

check_results as (
    select * from quality.check_results
),

latest as (
    select max(release_id) as release_id
    from check_results
)

select
    check_results.authority_code as authority,
    check_results.gate,
    check_results.severity,
    check_results.status,
    count(*) as checks_of_latest_night
from check_results
inner join latest on check_results.release_id = latest.release_id
group by check_results.authority_code, check_results.gate, check_results.severity, check_results.status
order by check_results.authority_code, check_results.gate, check_results.severity, check_results.status
