"""No check joins by one column or another at once: the server can only compare each row with each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlglot import exp, parse_one

from csc_warehouse.quality import case_systems
from expectations.catalogue import DIRECTORY
from expectations.statements import family_statement

FAMILIES = sorted(path.stem for path in (DIRECTORY / "measures").glob("*.sql"))
SHARED = {"authority_code", "entity", "source_name", "period_type", "indicator_code"}
"""What thousands of rows have in common: joined by no more than these, each meets each."""


def _said(condition: exp.Expr) -> Iterator[exp.Expr]:
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from _said(condition.left)
        yield from _said(condition.right)
    else:
        yield condition


def _either_or(query: str) -> list[str]:
    """Return the joins that are by one column or another, and by nothing that tells rows apart."""
    found = []
    for join in parse_one(query, dialect="postgres").find_all(exp.Join):
        said = list(_said(join.args["on"])) if join.args.get("on") else []
        compared = [{column.name for column in part.find_all(exp.Column)} for part in said if isinstance(part, exp.EQ)]
        is_either_or = any(
            isinstance(part, exp.Or) or (isinstance(part, exp.In) and part.find(exp.Column) and _has_columns(part))
            for part in said
        )
        if is_either_or and all(columns <= SHARED for columns in compared):
            found.append(join.sql("postgres"))
    return found


def _has_columns(part: exp.In) -> bool:
    return any(isinstance(value, exp.Column) for value in part.expressions)


@pytest.mark.parametrize("family", FAMILIES)
def test_measures_when_they_join_then_by_one_thing_at_a_time(family: str) -> None:
    parameters = {
        "has_published": True,
        "systems": case_systems.described(),
        "tables": ("rpt_scorecard",),
        "smallest": 5,
        "profiles": ("committee",),
        "proofs": [],
    }
    assert _either_or(family_statement(family, parameters)) == []


@pytest.mark.parametrize(
    "condition",
    ["a.id in (b.id, b.named_id)", "(a.id = b.id or a.id = b.named_id)", "a.entity = b.entity or a.x = b.x"],
)
def test_measures_when_a_join_is_by_either_of_two_then_it_is_found(condition: str) -> None:
    query = f"select 1 from a inner join b on a.authority_code = b.authority_code and ({condition})"
    assert len(_either_or(query)) == 1
