with expected as (
    select p.authority_code from release.pointer as p
    union
    select q.authority_code
    from quality.publications as q
    where q.release_id = (select max(l.release_id) from quality.publications as l)
)

select
    e.authority_code,
    (
        select max(q.as_at_date) from quality.publications as q
        where q.authority_code = e.authority_code and q.published_at <= :deadline
    ) as shown,
    exists(
        select from quality.publications as q
        where
            q.authority_code = e.authority_code and q.published_at > :since and q.published_at <= :deadline
            -- what came late for the deadline before is no answer to this one
            and (q.published_at >= :midnight or q.as_at_date >= :yesterday)
        union all
        -- a night that found nothing new had nothing to publish
        select from quality.quiet_nights as n
        inner join quality.publications as q
            on n.release_id = q.release_id and n.authority_code = q.authority_code
        where
            n.authority_code = e.authority_code and n.noted_at > :since and n.noted_at <= :deadline
            and (n.noted_at >= :midnight or q.as_at_date >= :yesterday)
    ) as is_in_time
from expected as e
order by e.authority_code
