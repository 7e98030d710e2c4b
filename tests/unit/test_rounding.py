"""A figure is printed half up, whoever prints it: two pages that round in two ways contradict one another."""

from __future__ import annotations

from decimal import Decimal

import pytest

from csc_warehouse.reporting.terms import in_terms
from csc_warehouse.rounding import decimals_of, half_up


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (Decimal("81.25"), 1, "81.3"),
        (81.25, 1, "81.3"),
        (Decimal("6.25"), 1, "6.3"),
        (Decimal("-0.25"), 1, "-0.3"),
        (Decimal("2.5"), 0, "3"),
        (0.35, 1, "0.4"),
        (Decimal(5549), 0, "5549"),
        (Decimal("1E+3"), 1, "1000.0"),
    ],
)
def test_number_when_it_lies_half_way_then_away_from_nought(
    value: Decimal | float, decimals: int, expected: str
) -> None:
    assert str(half_up(value, decimals)) == expected


@pytest.mark.parametrize(("kind", "expected"), [("percent", 1), ("mean", 1), ("count", 0), ("money", 0)])
def test_decimals_when_asked_of_a_kind_then_as_rule_10_says(kind: str, expected: int) -> None:
    assert decimals_of(kind) == expected


@pytest.mark.parametrize(
    ("value", "numerator", "denominator", "expected"),
    [
        (Decimal("81.25"), 13, 16, "81.3 (13/16)"),
        (None, 0, 0, "0/0"),
        (Decimal(5549), Decimal(5549), None, "5,549"),
        (Decimal("1234567.8"), None, None, "1,234,567.8"),
        (None, None, None, "not given"),
    ],
)
def test_figure_when_told_in_a_line_then_its_value_and_its_terms(
    value: Decimal | None, numerator: int | None, denominator: int | None, expected: str
) -> None:
    assert in_terms(value, numerator, denominator) == expected
