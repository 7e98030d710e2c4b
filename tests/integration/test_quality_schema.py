"""Results are kept for ever, decisions carry the person, and nobody edits either."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from csc_warehouse.quality.check_result import CheckResult, Judgement
from csc_warehouse.quality.result_history import record
from csc_warehouse.warehouse import Warehouse


@pytest.fixture
def warehouse(module_warehouse: Warehouse) -> Warehouse:
    return module_warehouse


def result(code: str, status: str) -> CheckResult:
    return CheckResult(
        code=code,
        sentence="Every contact has a decision.",
        severity="warning",
        owner="Front door",
        status=status,  # type: ignore[arg-type]
        checked=10,
        failed=0 if status == "passed" else 2,
        measure=0.2,
        limit_text="at most 0.1",
        worst_subject="2017/18 Q1",
        indicators=("CON03",),
    )


def judge_night(warehouse: Warehouse, code: str, day: int, status: str, release_id: int) -> tuple[str, bool, int]:
    """Record one night and return its change, whether it is failing since some time, and the days of results held."""
    judgement = Judgement(
        gate="exit",
        authority_code="W06000006",
        as_at_date=datetime.date(2018, 1, day),
        results=(result(code, status),),
        run_id=f"run {release_id}",
        release_id=release_id,
    )
    with warehouse.transaction() as connection:
        record(connection, [judgement])
        row = connection.execute(
            text(
                "select change, first_failed_at is not null, (select count(*) from quality.check_results"
                " where check_code = :code) from quality.check_results where check_code = :code"
                " order by check_result_id desc limit 1"
            ),
            {"code": code},
        ).one()
    return row[0], row[1], row[2]


def test_a_check_over_four_nights_when_it_fails_twice_then_new_still_and_mended_are_told_apart(
    warehouse: Warehouse,
) -> None:
    assert judge_night(warehouse, "TEST01", 1, "passed", 1) == ("passing", False, 1)
    assert judge_night(warehouse, "TEST01", 2, "failed", 2) == ("newly failing", True, 2)
    assert judge_night(warehouse, "TEST01", 3, "broken", 3) == ("still failing", True, 3)
    with warehouse.transaction() as connection:
        stamps = connection.execute(
            text(
                "select distinct first_failed_at from quality.check_results where check_code = 'TEST01'"
                " and status <> 'passed'"
            )
        ).all()
    assert len(stamps) == 1  # the second failing night carries the first one's stamp
    assert judge_night(warehouse, "TEST01", 4, "passed", 4) == ("mended", False, 4)


def test_an_earlier_day_when_judged_later_then_it_does_not_mend_todays_failure(warehouse: Warehouse) -> None:
    judge_night(warehouse, "TEST02", 10, "failed", 11)
    assert judge_night(warehouse, "TEST02", 5, "passed", 12)[0] == "passing"
    assert judge_night(warehouse, "TEST02", 11, "failed", 13)[0] == "still failing"


def test_one_candidate_when_judged_twice_then_its_failure_stays_new(warehouse: Warehouse) -> None:
    judge_night(warehouse, "TEST03", 1, "failed", 21)
    assert judge_night(warehouse, "TEST03", 1, "failed", 21)[0] == "newly failing"
    with warehouse.transaction() as connection:
        stamps: int = connection.execute(
            text("select count(distinct first_failed_at) from quality.check_results where check_code = 'TEST03'")
        ).scalar_one()
    assert stamps == 1


@pytest.mark.parametrize(
    "statement", ["update quality.check_results set failed = 0", "delete from quality.check_results"]
)
def test_results_when_edited_then_the_database_refuses(warehouse: Warehouse, statement: str) -> None:
    judge_night(warehouse, "TEST04", 1, "failed", 31)
    with pytest.raises(DBAPIError, match="are kept as they were written"), warehouse.transaction() as connection:
        connection.execute(text(statement))
