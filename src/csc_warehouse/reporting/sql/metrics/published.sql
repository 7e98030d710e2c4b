with

pointers as (
    select * from release.pointer
),

publications as (
    select * from quality.publications
)

select
    pointers.authority_code as authority,
    pointers.release_id as published_release,
    extract(epoch from publications.published_at) as published_timestamp_seconds,
    extract(epoch from publications.as_at_date::timestamp at time zone 'Europe/London')
        as published_as_at_timestamp_seconds
from pointers
inner join publications
    on pointers.release_id = publications.release_id and pointers.authority_code = publications.authority_code
order by pointers.authority_code
