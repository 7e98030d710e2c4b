"""What a rehearsed cut-over says: each fact counted once, told apart by what becomes of it."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

from csc_warehouse.reporting.rehearsal import days_apart, parts_of


def fact(entity: str, before: str | None, after: str | None, number: int, *, other_child: bool = False) -> Any:
    return SimpleNamespace(
        entity=entity,
        record_key=f"key {number}",
        earlier_source=before,
        earlier_record_id=f"old {number}" if before else None,
        later_source=after,
        later_record_id=f"new {number}" if after else None,
        later_delivery_id=36,
        later_record_number=number,
        is_of_another_child=other_child,
    )


def figure(value: float | None, numerator: float | None, denominator: float | None, after: float | None) -> Any:
    return SimpleNamespace(
        indicator_code="CON02",
        period_label="2018/19 Q2",
        earlier_value=value,
        earlier_numerator=numerator,
        earlier_denominator=denominator,
        later_value=after,
        later_numerator=numerator,
        later_denominator=denominator,
    )


def test_facts_are_told_apart_by_what_becomes_of_them() -> None:
    facts = [
        fact("contacts", "wccis", "cofnod", 1),
        fact("contacts", "wccis", "wccis", 2),
        fact("contacts", "raise", "raise", 3),
        fact("contacts", "wccis", None, 4),
        fact("contacts", None, "cofnod", 5),
        fact("missing_episodes", "wccis", "cofnod", 6, other_child=True),
    ]
    landed, entities, gone, came, figures, records = parts_of("cofnod", ["968 rows were accepted."], facts, [], [])
    assert landed.rows == [["968 rows were accepted."]]
    assert [list(row) for row in entities.rows] == [
        ["contacts", "4", "4", "1", "2", "1", "1", "0"],
        ["missing episodes", "1", "1", "1", "0", "0", "0", "1"],
    ]
    assert [list(row) for row in gone.rows] == [["contacts", "wccis", "old 4", "key 4"]]
    assert [list(row) for row in came.rows] == [["contacts", "cofnod", "new 5", "delivery 36, record 5", "key 5"]]
    assert not figures.rows
    assert not records.rows


def test_figures_are_printed_as_what_they_are() -> None:
    moved = [figure(1234.0, 1234, None, 1235.0), figure(48.148, 117, 243, 50), figure(None, 0, 0, None)]
    (*_, figures, _) = parts_of("cofnod", [], [], [*moved, figure(None, None, None, 1.0)], [])
    assert [row[2:] for row in figures.rows][:3] == [
        ["1,234", "1,235"],
        ["48.1 (117/243)", "50.0 (117/243)"],
        ["0/0", "0/0"],
    ]
    assert figures.rows[3][2] == "not given"


def test_two_days_are_told_before_anything_else() -> None:
    saturday, sunday = datetime.date(2018, 12, 15), datetime.date(2018, 12, 16)
    assert days_apart("Cofnod", [sunday, sunday]) == []
    # a council that the earlier release does not show
    assert days_apart("Cofnod", [sunday]) == []
    assert days_apart("Cofnod", [saturday, sunday]) == [
        "What is in use delivered last for 15 December 2018, and the first full of Cofnod is of 16 December 2018: what"
        " happened in between, and what waits longer by then, is among the differences. Ask the supplier for a full of"
        " 15 December 2018, or land a delivery of 16 December 2018, and rehearse again."
    ]
