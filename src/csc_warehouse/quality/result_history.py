"""Keep every result for ever, and tell a new failure from an old one and from one that was mended."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.quality.check_result import CheckResult, Judgement
from csc_warehouse.sql_files import statement

_INSERT = text(statement(__name__, "insert"))


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
