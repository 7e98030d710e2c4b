"""One record of a rule can be explained: it is not counted until the explanation expires. All is rolled back."""

from __future__ import annotations

import datetime

from sqlalchemy import Connection, text

from csc_warehouse.quality import exit_checks
from expectations.catalogue import RecordRule, load_catalogue
from expectations.statements import failing_statement
from tests.conftest import Night

WREXHAM = "W06000006"


def _failed(connection: Connection, code: str) -> int:
    (judgement,) = exit_checks.judge_candidate(connection, 1, {code})
    (result,) = judgement.results
    return result.failed


def _explain(connection: Connection, code: str, record_key: str, first: datetime.date, until: datetime.date) -> None:
    connection.execute(
        text(
            "insert into quality.explanations"
            " (authority_code, check_code, record_key, reason, explained_by, as_at_date, expires_on)"
            " values (:authority, :code, :key, 'As it was in life', 'Jo Bell', :first, :until)"
        ),
        {"authority": WREXHAM, "code": code, "key": record_key, "first": first, "until": until},
    )


def test_record_when_explained_then_it_alone_is_not_counted_until_it_expires(sample_night: Night) -> None:
    day = datetime.timedelta(days=1)
    with sample_night.warehouse.engine.connect() as connection:
        transaction = connection.begin()
        as_at: datetime.date = connection.execute(text("select as_at_date from staging.run_context")).scalar_one()
        rule, keys = _rule_with_failures(connection)
        before = _failed(connection, rule.code)
        assert before == len(keys)
        # over since today, and not yet begun: neither holds
        _explain(connection, rule.code, keys[0], as_at - 10 * day, as_at)
        _explain(connection, rule.code, keys[0], as_at + day, as_at + 10 * day)
        assert _failed(connection, rule.code) == before
        _explain(connection, rule.code, keys[0], as_at, as_at + day)
        assert _failed(connection, rule.code) == before - 1
        _explain(connection, "another rule", keys[1], as_at, as_at + day)
        assert _failed(connection, rule.code) == before - 1
        transaction.rollback()


def _rule_with_failures(connection: Connection) -> tuple[RecordRule, list[str]]:
    """Return a rule about single records that some break, and their keys."""
    for rule in load_catalogue().rules:
        rows = connection.exec_driver_sql(failing_statement([rule]).replace("%", "%%")).mappings().all()
        keys = [str(row["record_key"]) for row in rows if row["authority_code"] == WREXHAM]
        if len(keys) > 2 and len(set(keys)) == len(keys):
            return rule, keys
    raise AssertionError("the sample breaks no rule")
