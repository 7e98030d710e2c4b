with lines as (
    select l.*
    from jsonb_to_recordset(cast(:lines as jsonb)) as l (
        decision_id bigint, kind text, authority_code text, person text, reason text, details jsonb,
        database_user text, airflow_account text, decided_at timestamptz
    )
),

explained as (
    insert into quality.explanations (
        explanation_id, authority_code, check_code, record_key, reason, explained_by, database_user,
        airflow_account, explained_at, as_at_date, expires_on, withdrawn_by, withdrawn_at
    )
    overriding system value
    select
        (e.details ->> 'explanation_id')::bigint as explanation_id,
        e.authority_code,
        e.details ->> 'check_code' as check_code,
        e.details ->> 'record_key' as record_key,
        e.reason,
        e.person as explained_by,
        e.database_user,
        e.airflow_account,
        e.decided_at as explained_at,
        (e.details ->> 'as_at_date')::date as as_at_date,
        (e.details ->> 'expires_on')::date as expires_on,
        w.person as withdrawn_by,
        w.decided_at as withdrawn_at
    from lines as e
    left join lines as w
        on w.kind = 'withdraw_explanation' and w.details ->> 'explanation_id' = e.details ->> 'explanation_id'
    where e.kind = 'explain'
    on conflict (explanation_id) do nothing
)

insert into quality.decisions (
    decision_id, kind, authority_code, person, reason, details, database_user, airflow_account, decided_at
)
overriding system value
select
    decision_id,
    kind,
    authority_code,
    person,
    reason,
    details,
    database_user,
    airflow_account,
    decided_at
from lines
on conflict (decision_id) do nothing
returning decision_id
