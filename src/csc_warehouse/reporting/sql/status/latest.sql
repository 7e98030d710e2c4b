with

publications as (
    select * from quality.publications
),

latest as (
    select max(release_id) as release_id
    from publications
)

select
    publications.release_id,
    publications.authority_code,
    publications.as_at_date,
    publications.verdict,
    publications.reason
from publications
inner join latest on publications.release_id = latest.release_id
order by publications.authority_code
