with made as (
    select r.*
    from jsonb_to_recordset(cast(:rows as jsonb)) as r (
        run_id text, release_id bigint, delivery_id bigint, authority_code text, check_code text, sentence text,
        severity text, owner text, status text, checked bigint, failed bigint, measure double precision,
        indicators jsonb, gate text, scope text, as_at_date date, limit_text text, worst_subject text,
        failing_subjects jsonb
    )
),

compared as (
    select
        made.*,
        before.status as status_before,
        -- judging one candidate twice makes no failure older or newer
        coalesce(before.first_failed_at, same.first_failed_at) as failing_since
    from made
    left join lateral (
        select
            c.status,
            c.first_failed_at
        from quality.check_results as c
        where
            c.authority_code = made.authority_code
            and c.check_code = made.check_code
            and c.scope = made.scope
            and c.as_at_date <= made.as_at_date
            and (made.release_id is null or c.release_id is distinct from made.release_id)
        order by c.as_at_date desc, c.check_result_id desc
        limit 1
    ) as before on true
    left join lateral (
        select c.first_failed_at
        from quality.check_results as c
        where
            c.release_id = made.release_id
            and c.authority_code = made.authority_code
            and c.check_code = made.check_code
            and c.scope = made.scope
        order by c.check_result_id desc
        limit 1
    ) as same on true
)

insert into quality.check_results (
    run_id, release_id, delivery_id, authority_code, check_code, sentence, severity, owner, status, checked, failed,
    measure, indicators, gate, scope, as_at_date, limit_text, worst_subject,
    failing_subjects, first_failed_at, change
)
select
    run_id,
    release_id,
    delivery_id,
    authority_code,
    check_code,
    sentence,
    severity,
    owner,
    status,
    checked,
    failed,
    measure,
    array(select jsonb_array_elements_text(indicators)) as indicators,
    gate,
    scope,
    as_at_date,
    limit_text,
    worst_subject,
    array(select jsonb_array_elements_text(failing_subjects)) as failing_subjects,
    case when status <> 'passed' then coalesce(failing_since, now()) end as first_failed_at,
    case
        when status = 'passed' and coalesce(status_before, 'passed') = 'passed' then 'passing'
        when status = 'passed' then 'mended'
        when coalesce(status_before, 'passed') = 'passed' then 'newly failing'
        else 'still failing'
    end as change
from compared
