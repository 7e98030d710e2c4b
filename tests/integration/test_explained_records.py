"""One record of a rule can be explained: it is not counted until the explanation expires. All is rolled back."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.quality import exit_checks
from csc_warehouse.reporting.pages import statements
from expectations.catalogue import RecordRule, load_catalogue
from expectations.statements import failing_statement

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


def test_record_when_explained_then_it_alone_is_not_counted_until_it_expires(candidate: Connection) -> None:
    day = datetime.timedelta(days=1)
    as_at: datetime.date = candidate.execute(text("select as_at_date from staging.run_context")).scalar_one()
    rule, keys = _rule_with_failures(candidate)
    before = _failed(candidate, rule.code)
    assert before == len(keys)
    # over since today, and not yet begun: neither holds
    _explain(candidate, rule.code, keys[0], as_at - 10 * day, as_at)
    _explain(candidate, rule.code, keys[0], as_at + day, as_at + 10 * day)
    assert _failed(candidate, rule.code) == before
    _explain(candidate, rule.code, keys[0], as_at, as_at + day)
    assert _failed(candidate, rule.code) == before - 1
    _explain(candidate, "another rule", keys[1], as_at, as_at + day)
    assert _failed(candidate, rule.code) == before - 1


def _corrections(connection: Connection, as_at: datetime.date) -> tuple[int, int]:
    """Return how many corrections the quality report's last point says, and how many its teams have to make."""
    rules = [rule.code for rule in load_catalogue().rules if rule.is_on_worklists]
    key = {"authority_code": WREXHAM, "as_at_date": as_at}
    trend = connection.execute(text(statements.TREND), key | {"rules": rules}).all()
    teams = connection.execute(text(statements.WORK), key | {"urgent": rules}).all()
    return int(trend[-1].records), sum(int(team.open_count) for team in teams)


def test_check_when_explained_then_neither_the_trend_nor_the_teams_count_it(candidate: Connection) -> None:
    as_at: datetime.date = candidate.execute(text("select as_at_date from staging.run_context")).scalar_one()
    worst: Any = candidate.execute(
        text(
            "select check_code, count(*) from restricted.failing_records where mended_date is null"
            " group by check_code order by count(*) desc limit 1"
        )
    ).one()
    code, failed = worst
    before = _corrections(candidate, as_at)
    assert before[0] == before[1] > failed
    candidate.execute(
        text(
            "insert into quality.explanations"
            " (authority_code, check_code, reason, explained_by, as_at_date, expires_on)"
            " values (:authority, :code, 'As it was in life', 'Jo Bell', :day, :day + 1)"
        ),
        {"authority": WREXHAM, "code": code, "day": as_at},
    )
    assert _corrections(candidate, as_at) == (before[0] - failed, before[1] - failed)


def _rule_with_failures(connection: Connection) -> tuple[RecordRule, list[str]]:
    """Return a rule about single records that some break, and their keys."""
    for rule in load_catalogue().rules:
        rows = connection.exec_driver_sql(failing_statement([rule]).replace("%", "%%")).mappings().all()
        keys = [str(row["record_key"]) for row in rows if row["authority_code"] == WREXHAM]
        if len(keys) > 2 and len(set(keys)) == len(keys):
            return rule, keys
    raise AssertionError("the sample breaks no rule")
