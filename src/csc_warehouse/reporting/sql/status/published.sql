with

pointers as (
    select * from release.pointer
),

publications as (
    select * from quality.publications
),

deliveries as (
    select * from landing.deliveries
),

days_taken_back as (
    select * from landing.days_taken_back
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
),

last_landed as (
    select
        authority_code,
        max(business_date) as last_business_date
    from deliveries
    where status = 'accepted' and source <> 'corporate'
    group by authority_code
)

select
    pointers.authority_code,
    pointers.release_id,
    publications.as_at_date,
    publications.verdict,
    publications.reason,
    publications.published_at,
    quiet_nights.nothing_new_at,
    signed.signed_by,
    case
        when days_taken_back.business_date is null then last_landed.last_business_date - publications.as_at_date
    end as days_behind,
    days_taken_back.business_date is not null as is_taken_back
from pointers
left join signed
    on pointers.release_id = signed.release_id and pointers.authority_code = signed.authority_code
left join quiet_nights
    on pointers.release_id = quiet_nights.release_id and pointers.authority_code = quiet_nights.authority_code
inner join publications
    on pointers.release_id = publications.release_id and pointers.authority_code = publications.authority_code
left join last_landed on pointers.authority_code = last_landed.authority_code
left join days_taken_back
    on
        publications.authority_code = days_taken_back.authority_code
        and publications.as_at_date = days_taken_back.business_date
order by pointers.authority_code
