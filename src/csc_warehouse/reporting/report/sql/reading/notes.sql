-- what authors had written by the signature, the latest of each section and language
select distinct on (d.details ->> 'section', coalesce(d.details ->> 'language', 'en'))
    d.details ->> 'section' as section,
    coalesce(d.details ->> 'language', 'en') as note_language,
    d.reason as note_text,
    d.person,
    d.decided_at,
    (d.details ->> 'is_removed')::boolean as is_removed
from quality.decisions as d
where
    d.kind = 'report_note' and d.authority_code = :authority and d.details ->> 'period' = :period
    and (cast(:signed as bigint) is null or d.decision_id < :signed)
order by d.details ->> 'section', coalesce(d.details ->> 'language', 'en'), d.decision_id desc
