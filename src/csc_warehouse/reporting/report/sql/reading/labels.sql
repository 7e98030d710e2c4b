select
    l.breakdown,
    l.breakdown_value,
    l.title,
    l.title_cy,
    l.sort_order
from release.reporting__rpt_breakdown_labels as l
where l.release_id = :release and l.authority_code = :authority
order by l.breakdown, l.sort_order, l.breakdown_value
