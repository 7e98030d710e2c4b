with

publications as (
    select * from quality.publications
),

releases as (
    select * from release.releases
),

pointers as (
    select * from release.pointer
),

signatures as (
    select * from quality.signatures
),

signed as (
    -- the name that was given, and the accounts it was given from
    select
        release_id,
        authority_code,
        string_agg(signed_by || ' (' || accounts || ')', '; ' order by signed_at) as signed_by
    from signatures
    group by release_id, authority_code
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
    publications.release_id,
    publications.authority_code,
    publications.as_at_date,
    publications.verdict,
    publications.reason,
    publications.published_at,
    quiet_nights.nothing_new_at,
    publications.published_by,
    publications.code_version,
    left(releases.overlay_digest, 8) as overlay,
    signed.signed_by,
    case when pointers.release_id is not null then 'yes' else '' end as is_current
from publications
inner join releases on publications.release_id = releases.release_id
left join signed
    on publications.release_id = signed.release_id and publications.authority_code = signed.authority_code
left join quiet_nights
    on
        publications.release_id = quiet_nights.release_id
        and publications.authority_code = quiet_nights.authority_code
left join pointers
    on publications.release_id = pointers.release_id and publications.authority_code = pointers.authority_code
order by publications.release_id desc, publications.authority_code
