create or replace view quality.explained_checks as
select distinct on (r.check_result_id)
    r.check_result_id,
    r.release_id,
    r.authority_code,
    r.check_code,
    e.explanation_id,
    e.reason,
    e.explained_by,
    e.as_at_date,
    e.expires_on
from quality.check_results as r
inner join quality.explanations as e
    on e.authority_code = r.authority_code
    and e.check_code = r.check_code
    and e.as_at_date <= r.as_at_date
    and r.as_at_date < e.expires_on
where
    e.record_key is null
    and e.withdrawn_at is null
    -- a check that broke found nothing that could be explained, and a critical failure always holds
    and r.status = 'failed'
    and r.severity <> 'critical'
order by r.check_result_id, e.expires_on desc, e.explanation_id desc;
comment on view quality.explained_checks is
    'One row per failed result that a named person has explained: it puts no caveat on figures until it expires.';
comment on column quality.explained_checks.check_result_id is 'Number of the judgement.';
comment on column quality.explained_checks.release_id is 'The candidate release that was judged; null at the door.';
comment on column quality.explained_checks.authority_code is 'ONS code of the authority.';
comment on column quality.explained_checks.check_code is
    'Stable code of the check; its text is in the catalogue of checks.';
comment on column quality.explained_checks.explanation_id is 'The explanation that holds longest.';
comment on column quality.explained_checks.reason is 'Why the failure is right as it is.';
comment on column quality.explained_checks.explained_by is 'The named person who explained it.';
comment on column quality.explained_checks.as_at_date is 'First day of figures for which it holds.';
comment on column quality.explained_checks.expires_on is
    'First day of figures for which it holds no longer: the failure counts again.';
