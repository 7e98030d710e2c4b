with

untold as (
    select * from quality.untold_notifications
)

select
    event,
    occasion,
    channel,
    sentence,
    error,
    attempts,
    first_tried_at,
    last_tried_at,
    is_told_in_part,
    refused_recipients
from untold
where last_tried_at > now() - interval '7 days'
order by last_tried_at desc
limit 20
