select distinct p.release_id
from quality.publications as p
inner join release.releases as r on p.release_id = r.release_id
where
    p.authority_code = :authority and p.published_at is not null and r.state in ('stored', 'published', 'held')
    and r.run_id <> :run_id
order by p.release_id
