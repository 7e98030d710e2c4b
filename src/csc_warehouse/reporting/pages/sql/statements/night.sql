select
    publications.release_id,
    publications.authority_code,
    publications.as_at_date,
    publications.verdict,
    publications.reason,
    publications.code_version,
    releases.code_address,
    pointer.release_id as seen_release_id,
    seen.as_at_date as seen_date,
    earlier.as_at_date as last_night,
    replaced.release_id as replaced_release_id,
    replaced.as_at_date as replaced_date
from quality.publications as publications
inner join release.releases as releases on publications.release_id = releases.release_id
left join release.pointer as pointer on publications.authority_code = pointer.authority_code
left join release.release_authorities as seen
    on pointer.release_id = seen.release_id and pointer.authority_code = seen.authority_code
left join lateral (
    select max(before.as_at_date) as as_at_date
    from quality.publications as before
    where before.authority_code = publications.authority_code and before.as_at_date < publications.as_at_date
) as earlier on true
left join lateral (
    select
        before.release_id,
        before.as_at_date
    from quality.publications as before
    where
        before.authority_code = publications.authority_code and before.as_at_date < publications.as_at_date
        and before.published_at is not null
    order by before.as_at_date desc, before.release_id desc
    limit 1
) as replaced on true
where publications.release_id = :release_id
order by publications.authority_code
