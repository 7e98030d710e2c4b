with

untold as (
    select * from quality.untold_notifications
)

select count(*) as untold_messages
from untold
