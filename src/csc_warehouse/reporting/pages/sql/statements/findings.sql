with latest as (
    select
        gate,
        max(recorded_at) as recorded_at
    from quality.check_results
    where
        release_id = :release_id and authority_code = :authority_code and gate in ('exit', 'disclosure')
    group by gate
),

judged as (
    select results.*
    from quality.check_results as results
    inner join latest on results.gate = latest.gate and results.recorded_at = latest.recorded_at
    where results.release_id = :release_id and results.authority_code = :authority_code
)

select
    judged.check_code,
    judged.sentence,
    judged.severity,
    judged.owner,
    judged.status,
    judged.checked,
    judged.failed,
    judged.indicators,
    judged.failing_subjects,
    judged.gate,
    before.status as status_before,
    since.as_at_date as since_date,
    explained.explained_by,
    explained.expires_on
from judged
left join quality.explained_checks as explained on judged.check_result_id = explained.check_result_id
left join lateral (
    select earlier.status
    from quality.check_results as earlier
    where
        earlier.authority_code = judged.authority_code and earlier.check_code = judged.check_code
        and earlier.scope = judged.scope and earlier.as_at_date < judged.as_at_date
        and earlier.release_id is not null
    order by earlier.as_at_date desc, earlier.check_result_id desc
    limit 1
) as before on true
left join lateral (
    select min(run.as_at_date) as as_at_date
    from quality.check_results as run
    where
        run.authority_code = judged.authority_code and run.check_code = judged.check_code
        and run.scope = judged.scope and run.first_failed_at = judged.first_failed_at
) as since on true
order by judged.check_code
