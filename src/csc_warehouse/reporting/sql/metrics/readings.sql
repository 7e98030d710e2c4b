with

readings as (
    select * from quality.readings
)

select
    kind,
    count(*) as readings_recorded
from readings
group by kind
order by kind
