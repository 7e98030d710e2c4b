with holding as (
    select distinct
        open_work.release_id,
        open_work.authority_code
    from release.marts__indicator_open_work as open_work
    where open_work.release_id = :release and open_work.authority_code = :authority
)

select
    authorities.authority_name,
    authorities.as_at_date,
    authorities.live_source,
    releases.code_version,
    releases.code_address,
    publications.verdict,
    publications.published_at is not null as is_published,
    holding.release_id is not null as has_work
from release.marts__dim_authorities as authorities
inner join release.releases as releases on authorities.release_id = releases.release_id
left join quality.publications as publications
    on
        authorities.release_id = publications.release_id
        and authorities.authority_code = publications.authority_code
left join holding
    on
        authorities.release_id = holding.release_id
        and authorities.authority_code = holding.authority_code
where authorities.release_id = :release and authorities.authority_code = :authority
