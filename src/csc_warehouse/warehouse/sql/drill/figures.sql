with

pointers as (
    select distinct release_id from release.pointer
),

figures as (
    select * from release.reporting__rpt_indicator_series
)

select
    figures.release_id,
    count(*) as figures,
    sum(hashtextextended(figures::text, 0)) as hash
from figures
inner join pointers on figures.release_id = pointers.release_id
group by figures.release_id
