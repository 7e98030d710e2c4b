with

releases as (
    select * from release.releases
),

authorities as (
    select * from release.release_authorities
),

pointers as (
    select * from release.pointer
)

select
    releases.release_id,
    releases.run_id,
    releases.state,
    releases.requested_date,
    releases.inputs,
    coalesce(
        array_agg(authorities.authority_code order by authorities.authority_code)
        filter (where authorities.authority_code is not null),
        '{}'
    ) as authority_codes,
    coalesce(
        array_agg(authorities.as_at_date order by authorities.authority_code)
        filter (where authorities.authority_code is not null),
        '{}'
    ) as as_at_dates,
    coalesce(
        array_agg(authorities.authority_code order by authorities.authority_code)
        filter (where pointers.release_id is distinct from releases.release_id),
        '{}'
    ) as seen_elsewhere
from releases
left join authorities on releases.release_id = authorities.release_id
left join pointers on authorities.authority_code = pointers.authority_code
where releases.release_id = (select max(newest.release_id) from releases as newest)
group by releases.release_id, releases.run_id, releases.state, releases.requested_date, releases.inputs
