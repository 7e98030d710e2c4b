select distinct q.release_id
from quality.publications as q
inner join release.releases as r
    on q.release_id = r.release_id
where
    q.authority_code = :authority
    and q.published_at is not null
    and r.state not in ('expired', 'abandoned')
    and r.run_id not in (select c.run_id from staging.run_context as c)
order by q.release_id
