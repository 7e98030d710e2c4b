-- what authors had written by the signature, the latest of each section
select distinct on (d.details ->> 'section')
    d.details ->> 'section' as section,
    d.reason as note_text,
    d.person,
    d.decided_at,
    (d.details ->> 'is_removed')::boolean as is_removed
from quality.decisions as d
where
    d.kind = 'report_note' and d.authority_code = :authority and d.details ->> 'period' = :period
    and (cast(:signed as bigint) is null or d.decision_id < :signed)
order by d.details ->> 'section', d.decision_id desc
