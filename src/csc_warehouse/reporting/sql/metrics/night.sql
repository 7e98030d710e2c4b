with

releases as (
    select * from release.releases
),

check_results as (
    select * from quality.check_results
),

publications as (
    select * from quality.publications
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
        max(published_at) as published_at
    from publications
    group by release_id
),

latest as (
    select
        releases.created_at,
        judged.began_at,
        judged.ended_at,
        published.published_at
    from releases
    inner join judged on releases.release_id = judged.release_id
    left join published on releases.release_id = published.release_id
    order by releases.release_id desc
    limit 1
),

steps as (
    select
        'build' as step,
        extract(epoch from began_at - created_at) as seconds
    from latest
    union all
    select
        'check' as step,
        extract(epoch from ended_at - began_at) as seconds
    from latest
    union all
    select
        'publish' as step,
        extract(epoch from published_at - ended_at) as seconds
    from latest
)

select
    step,
    seconds as night_step_seconds
from steps
where seconds >= 0
order by step
