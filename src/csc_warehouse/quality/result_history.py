"""Keep every result for ever, and tell a new failure from an old one and from one that was mended."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.quality.check_result import CheckResult, Judgement

_INSERT = text(
    """
    with made as (
        select *
        from jsonb_to_recordset(cast(:rows as jsonb)) as r(
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
            select c.status, c.first_failed_at
            from quality.check_results c
            where c.authority_code = made.authority_code
              and c.check_code = made.check_code
              and c.scope = made.scope
              and c.as_at_date <= made.as_at_date
              and (made.release_id is null or c.release_id is distinct from made.release_id)
            order by c.as_at_date desc, c.check_result_id desc
            limit 1
        ) before on true
        left join lateral (
            select c.first_failed_at
            from quality.check_results c
            where c.release_id = made.release_id
              and c.authority_code = made.authority_code
              and c.check_code = made.check_code
              and c.scope = made.scope
            order by c.check_result_id desc
            limit 1
        ) same on true
    )
    insert into quality.check_results (
        run_id, release_id, delivery_id, authority_code, check_code, sentence, severity, owner, status, checked, failed,
        measure, indicators, gate, scope, as_at_date, limit_text, worst_subject,
        failing_subjects, first_failed_at, change
    )
    select
        run_id, release_id, delivery_id, authority_code, check_code, sentence, severity, owner, status, checked, failed,
        measure, array(select jsonb_array_elements_text(indicators)), gate, scope, as_at_date, limit_text,
        worst_subject, array(select jsonb_array_elements_text(failing_subjects)),
        case when status <> 'passed' then coalesce(failing_since, now()) end,
        case
            when status = 'passed' and coalesce(status_before, 'passed') = 'passed' then 'passing'
            when status = 'passed' then 'mended'
            when coalesce(status_before, 'passed') = 'passed' then 'newly failing'
            else 'still failing'
        end
    from compared
    """
)


def _row(judgement: Judgement, result: CheckResult) -> dict[str, Any]:
    return {
        "run_id": judgement.run_id,
        "release_id": judgement.release_id,
        "delivery_id": judgement.delivery_id,
        "authority_code": judgement.authority_code,
        "check_code": result.code,
        "sentence": result.sentence,
        "severity": result.severity,
        "owner": result.owner,
        "status": result.status,
        "checked": result.checked,
        "failed": result.failed,
        "measure": result.measure,
        "indicators": list(result.indicators),
        "gate": judgement.gate,
        "scope": judgement.scope,
        "as_at_date": judgement.as_at_date.isoformat(),
        "limit_text": result.limit_text,
        "worst_subject": result.worst_subject,
        "failing_subjects": list(result.failing_subjects),
    }


def record(connection: Connection, judgements: Iterable[Judgement]) -> int:
    """Write the results of judgements in one statement and return how many there were.

    first_failed_at is carried from the judgement before it by as-at day, so that building an earlier day neither
    mends nor ages today's failures.
    """
    rows = [_row(judgement, result) for judgement in judgements for result in judgement.results]
    if rows:
        connection.execute(_INSERT, {"rows": json.dumps(rows)})
    return len(rows)
