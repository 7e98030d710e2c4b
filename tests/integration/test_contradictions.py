"""A contradiction in one council's figures is that council's: the build goes on, and the gate holds it alone."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import Connection, text

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.quality import exit_checks, verdict
from csc_warehouse.transform import authority_tests
from csc_warehouse.transform.authority_tests import AuthorityTest
from csc_warehouse.warehouse import Warehouse

WREXHAM, FLINTSHIRE, CARDIFF = "W06000006", "W06000005", "W06000015"


@pytest.fixture
def two_councils(module_warehouse: Warehouse) -> Warehouse:
    with module_warehouse.transaction() as connection:
        connection.execute(text("truncate staging.run_context, staging.authority_tests"))
        for authority in (WREXHAM, FLINTSHIRE):
            connection.execute(
                text(
                    "insert into staging.run_context (authority_code, authority_name, run_id, requested_date,"
                    " as_at_date, as_at_end_at, live_source, is_cut_over_assumed, is_home_authority)"
                    " values (:authority, :authority, 'run', :day, :day, :day, 'wccis', false, false)"
                ),
                {"authority": authority, "day": datetime.date(2018, 9, 30)},
            )
    return module_warehouse


def found(warehouse: Warehouse) -> dict[tuple[str, str], int]:
    with warehouse.transaction() as connection:
        rows = connection.execute(text("select test_name, authority_code, failed_rows from staging.authority_tests"))
        return {(row[0], row[1]): row[2] for row in rows}


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ([FLINTSHIRE, FLINTSHIRE], {WREXHAM: 0, FLINTSHIRE: 2}),
        ([WREXHAM, FLINTSHIRE, WREXHAM], {WREXHAM: 2, FLINTSHIRE: 1}),
        # a council that this build does not show
        ([CARDIFF], {WREXHAM: 0, FLINTSHIRE: 0}),
    ],
)
def test_contradiction_when_found_then_kept_for_the_council_that_it_names(
    two_councils: Warehouse, named: list[str], expected: dict[str, int]
) -> None:
    rows = ", ".join(f"('{authority}', '50%')" for authority in named)
    statement = f"select * from (values {rows}) as found (authority_code, note) where note like '50%'"
    authority_tests.write(two_councils, "indicators", [AuthorityTest("assert_sums", statement, is_failed=True)])
    assert found(two_councils) == {("assert_sums", authority): count for authority, count in expected.items()}


def test_contradictions_when_built_again_then_those_of_before_are_gone(two_councils: Warehouse) -> None:
    statement = f"select '{WREXHAM}' as authority_code"
    authority_tests.write(two_councils, "indicators", [AuthorityTest("assert_sums", statement, is_failed=True)])
    authority_tests.write(two_councils, "indicators", [AuthorityTest("assert_sums", statement, is_failed=False)])
    assert set(found(two_councils).values()) == {0}


def test_contradiction_that_names_no_council_when_found_then_the_build_stops(two_councils: Warehouse) -> None:
    statement = f"select cast(null as text) as authority_code union all select '{WREXHAM}'"
    with pytest.raises(CscWarehouseError, match="assert_sums: 1 of its rows name no authority"):
        authority_tests.write(two_councils, "indicators", [AuthorityTest("assert_sums", statement, is_failed=True)])


@pytest.mark.parametrize("test_name", ["assert_groups_sum_to_the_whole", "assert_looked_after_children_balance"])
def test_contradiction_when_the_gate_reads_it_then_the_council_is_held(candidate: Connection, test_name: str) -> None:
    candidate.execute(
        text("update staging.authority_tests set failed_rows = 3 where test_name = :name"), {"name": test_name}
    )
    (judgement,) = exit_checks.judge_candidate(candidate, 1, {"IDN03"})
    assert [(result.code, result.status, result.failed) for result in judgement.results] == [("IDN03", "failed", 3)]
    assert verdict.decide(judgement.results).verdict == "held"


def test_tests_that_did_not_run_then_the_council_is_held(candidate: Connection) -> None:
    candidate.execute(text("delete from staging.authority_tests"))
    (judgement,) = exit_checks.judge_candidate(candidate, 1, {"IDN03"})
    assert verdict.decide(judgement.results).verdict == "held"
