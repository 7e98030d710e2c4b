with

releases as (
    select * from release.releases
),

publications as (
    select * from quality.publications
),

check_results as (
    select * from quality.check_results
),

judged as (
    select
        release_id,
        min(recorded_at) as began_at,
        max(recorded_at) as ended_at
    from check_results
    where release_id is not null
    group by release_id
),

published as (
    select
        release_id,
        max(published_at) as published_at,
        bool_and(verdict = 'held') as is_held
    from publications
    group by release_id
)

select
    releases.release_id,
    releases.code_version,
    releases.created_at,
    judged.began_at as judged_from,
    judged.ended_at as judged_until,
    published.published_at,
    coalesce(published.is_held, false) as is_held
from releases
left join judged on releases.release_id = judged.release_id
left join published on releases.release_id = published.release_id
where releases.created_at >= :since
order by releases.release_id
