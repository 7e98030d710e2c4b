select
    latest.authority_code,
    latest.check_code,
    latest.scope,
    latest.severity,
    latest.status,
    latest.sentence,
    latest.owner,
    latest.checked,
    latest.failed,
    latest.change,
    latest.as_at_date,
    latest.first_failed_at,
    latest.past_because,
    explained.explained_by,
    explained.expires_on
from quality.latest_failures as latest
left join quality.explained_checks as explained on latest.check_result_id = explained.check_result_id
where
    (cast(:authority as text) is null or latest.authority_code = :authority)
    and (latest.past_because is not null) = :is_past
order by
    latest.authority_code,
    array_position(array['critical', 'warning', 'info'], latest.severity),
    latest.check_code,
    latest.scope
