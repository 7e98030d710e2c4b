with

publications as (
    select * from quality.publications
)

select
    release_id,
    authority_code,
    as_at_date,
    verdict,
    reason
from publications
where release_id = (select max(release_id) from publications)
order by authority_code
