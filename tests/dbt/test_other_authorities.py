"""Whose child it is decides in one place: in every indicator of the council's own children, whatever it counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from csc_warehouse.register import load_register
from csc_warehouse.transform import parse_project
from tests.conftest import Night
from tests.support.compiled import compiled_query

REASON = "another authority is responsible"
WHERE_RECORDED = ("CON", "MIS", "SGB02")
"""Contacts and missing episodes are counted where they are recorded (indicators.md rule 9)."""
OF_OTHERS = {"LAC06"}
LATE_ONES = {"ASM01", "ASM06"}
"""Beside what is left out they list what is late alone: a child's assessment in time is no record of them."""
OPEN_ONES = {"ASM04", "ASM05", "ASM06"}
"""What is left out is listed once, on the as-at day, where it is still open then."""

Keys = set[tuple[str, object]]


@dataclass(frozen=True)
class Found:
    """The records of one indicator: all of them, those in a term, and the reasons for leaving out the others."""

    all: Keys
    counted: Keys
    reasons: dict[tuple[str, object], str]

    @property
    def listed(self) -> set[str]:
        return {key for key, _ in self.all}


def own_children() -> dict[str, bool]:
    """Return the indicators of the council's own children, and whether each copies another's counted records."""
    return {
        code: bool(row.copies_code)
        for code, row in load_register().indicators.items()
        if not row.is_corporate
        and code not in OF_OTHERS
        and not code.startswith(WHERE_RECORDED)
        and not (row.copies_code or "").startswith(WHERE_RECORDED)
    }


def models(night: Night, prefix: str) -> list[Any]:
    """Return the indicators' models whose name begins so, each after those that it reads."""
    found: dict[str, Any] = {
        key: node
        for key, node in parse_project(night.warehouse).nodes.items()
        if node.resource_type.value == "model" and "indicators" in node.fqn and node.name.startswith(prefix)
    }
    ordered: dict[str, Any] = {}

    def visit(key: str) -> None:
        if key in found and key not in ordered:
            for parent in found[key].depends_on.nodes:
                visit(parent)
            ordered[key] = found[key]

    for key in found:
        visit(key)
    return list(ordered.values())


def records(night: Night, connection: psycopg.Connection[Any]) -> dict[str, Found]:
    """Work out every indicator anew from the dimension as it now stands."""
    for node in models(night, "int_") + models(night, "ind_"):
        connection.execute(f"delete from marts_candidate.{node.name}")
        connection.execute(f"insert into marts_candidate.{node.name} {compiled_query(night.warehouse, node)}")
    found: dict[str, Found] = {}
    for node in models(night, "ind_"):
        rows = connection.execute(
            "select record_key, counting_from_date, is_in_denominator or is_in_numerator, exclusion_reason"
            f" from marts_candidate.{node.name}"
        ).fetchall()
        found[node.config.meta["indicator_code"]] = Found(
            {(key, day) for key, day, _, _ in rows},
            {(key, day) for key, day, is_counted, _ in rows if is_counted},
            {(key, day): reason for key, day, _, reason in rows if reason},
        )
    return found


@pytest.fixture
def connection(sample_night: Night) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection to the night's candidate; what a test does to it is rolled back."""
    with sample_night.warehouse.raw_connection() as connection:
        yield connection
        connection.rollback()


def test_child_when_in_no_list_of_persons_then_counts_as_the_council_s_own(
    sample_night: Night, connection: psycopg.Connection[Any]
) -> None:
    before = records(sample_night, connection)
    assert sum(REASON in found.reasons.values() for found in before.values()) > 20
    connection.execute("delete from marts_candidate.dim_children")
    after = records(sample_night, connection)
    for code, is_copy in own_children().items():
        assert REASON not in after[code].reasons.values(), code
        assert before[code].counted <= after[code].counted, code
        if not is_copy and code not in LATE_ONES:
            # each counts now, or says the next reason why not
            assert before[code].listed <= after[code].listed, code
    assert after["LAC06"].all == set()


def test_child_when_another_authority_s_then_left_out_with_the_reason_in_every_indicator(
    sample_night: Night, connection: psycopg.Connection[Any]
) -> None:
    before = records(sample_night, connection)
    connection.execute(
        "update marts_candidate.dim_children set is_own_responsibility = false,"
        " responsible_authority_code = 'W06000001', exclusion_reason = %s",
        [REASON],
    )
    after = records(sample_night, connection)
    kinds = own_children()
    assert len(kinds) > 40
    for code, is_copy in kinds.items():
        assert after[code].counted == set(), code
        assert after[code].all == set(after[code].reasons), code
        if not is_copy and code not in OPEN_ONES:
            assert {key for key, _ in before[code].counted} <= after[code].listed, code
        if not is_copy and before[code].counted:
            assert REASON in after[code].reasons.values(), code
    for code, found in before.items():
        if code.startswith(WHERE_RECORDED):
            assert after[code] == found, code
    assert len(after["LAC06"].all) > len(before["LAC06"].all)
