select
    g.indicator_code,
    g.grade,
    g.caveat,
    coalesce(max(s.title), g.indicator_code) as title
from quality.indicator_grades as g
left join release.reporting__rpt_scorecard as s
    on
        g.release_id = s.release_id
        and g.authority_code = s.authority_code
        and g.indicator_code = s.indicator_code
where g.release_id = :release and g.authority_code = :authority
group by g.indicator_code, g.grade, g.caveat
order by g.grade desc, g.indicator_code
