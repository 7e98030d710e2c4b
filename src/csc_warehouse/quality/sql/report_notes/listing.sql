-- the latest of each section and language: what was written before stays in the journal and out of the report
select distinct on (
    d.authority_code, d.details ->> 'period', d.details ->> 'section', coalesce(d.details ->> 'language', 'en')
)
    d.decision_id,
    d.authority_code,
    d.details ->> 'period' as period,
    d.details ->> 'section' as section,
    coalesce(d.details ->> 'language', 'en') as note_language,
    d.person,
    d.decided_at,
    d.reason as note_text,
    (d.details ->> 'is_removed')::boolean as is_removed
from quality.decisions as d
where d.kind = 'report_note' and (cast(:authority as text) is null or d.authority_code = :authority)
order by
    d.authority_code,
    d.details ->> 'period',
    d.details ->> 'section',
    coalesce(d.details ->> 'language', 'en'),
    d.decision_id desc
