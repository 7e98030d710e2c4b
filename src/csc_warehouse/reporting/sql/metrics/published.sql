with

pointers as (
    select * from release.pointer
),

publications as (
    select * from quality.publications
),

quiet_nights as (
    select
        release_id,
        authority_code,
        max(noted_at) as nothing_new_at
    from quality.quiet_nights
    group by release_id, authority_code
)

select
    pointers.authority_code as authority,
    pointers.release_id as published_release,
    extract(epoch from publications.published_at) as published_timestamp_seconds,
    extract(epoch from publications.as_at_date::timestamp at time zone 'Europe/London')
        as published_as_at_timestamp_seconds,
    extract(epoch from greatest(publications.published_at, quiet_nights.nothing_new_at))
        as published_or_quiet_timestamp_seconds
from pointers
inner join publications
    on pointers.release_id = publications.release_id and pointers.authority_code = publications.authority_code
left join quiet_nights
    on pointers.release_id = quiet_nights.release_id and pointers.authority_code = quiet_nights.authority_code
order by pointers.authority_code
