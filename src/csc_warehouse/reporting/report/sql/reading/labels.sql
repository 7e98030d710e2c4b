-- names of the release; one that was stored before there were any has those of the first release after it
select distinct on (l.breakdown, l.breakdown_value)
    l.breakdown,
    l.breakdown_value,
    l.title,
    l.title_cy,
    l.sort_order
from release.reporting__rpt_breakdown_labels as l
where l.release_id >= :release and l.authority_code = :authority
order by l.breakdown, l.breakdown_value, l.release_id
