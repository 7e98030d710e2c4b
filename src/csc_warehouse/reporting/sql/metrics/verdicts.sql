with

publications as (
    select * from quality.publications
),

latest as (
    select
        authority_code,
        max(release_id) as release_id
    from publications
    group by authority_code
),

words as (
    select unnest(array['published', 'caveats', 'held']) as verdict
)

select
    publications.authority_code as authority,
    words.verdict,
    (publications.verdict = words.verdict)::integer as verdict_of_latest_night
from publications
inner join latest
    on publications.authority_code = latest.authority_code and publications.release_id = latest.release_id
cross join words
order by publications.authority_code, words.verdict
