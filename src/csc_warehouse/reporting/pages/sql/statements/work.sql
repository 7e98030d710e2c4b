with failing as (
    select
        records.team_name,
        records.worker_name,
        records.check_code,
        records.first_seen_date,
        records.mended_date,
        -- what a named person explained, while that holds, is nothing to mend
        records.mended_date is null and not exists (
            select from quality.explanations as explained
            where
                explained.authority_code = records.authority_code and explained.check_code = records.check_code
                and (explained.record_key is null or explained.record_key = records.record_key)
                and explained.withdrawn_at is null
                and explained.as_at_date <= :as_at_date and explained.expires_on > :as_at_date
        ) as is_open
    from restricted.failing_records as records
    where records.authority_code = :authority_code
)

select
    failing.team_name,
    count(*) filter (where failing.is_open) as open_count,
    count(*) filter (where failing.is_open and failing.first_seen_date = :as_at_date) as new_count,
    count(*) filter (where failing.mended_date = :as_at_date) as mended_count,
    count(*) filter (where failing.is_open and failing.check_code = any(:urgent)) as urgent_count,
    min(failing.first_seen_date) filter (where failing.is_open) as oldest,
    count(distinct failing.worker_name) filter (where failing.mended_date is null) as workers
from failing
group by failing.team_name
order by open_count desc, failing.team_name
