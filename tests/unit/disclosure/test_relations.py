"""Which rows bind published figures, from what the register says of them."""

from __future__ import annotations

import datetime

import pytest

from csc_warehouse.disclosure.periods import partitions
from csc_warehouse.disclosure.relations import Cell, Member, Publication, Relation, Rule

DAY = datetime.date
FLOW = Rule("FLO", "count", additive_breakdowns=("team",), is_additive_over_periods=True)
STOCK = Rule("STO", "count", is_stock=True, additive_breakdowns=("age", "status"))
UNITS = Rule("UNI", "count", is_distinct=True)
RULES = {rule.code: rule for rule in (FLOW, STOCK, UNITS)}
APRIL = (DAY(2018, 4, 1), DAY(2018, 4, 30))
MAY = (DAY(2018, 5, 1), DAY(2018, 5, 31))
JUNE = (DAY(2018, 6, 1), DAY(2018, 6, 30))
QUARTER = (DAY(2018, 4, 1), DAY(2018, 6, 30))


def cell(code: str, span: tuple[DAY, DAY], number: float, breakdown: str = "all", value: str = "all") -> Cell:
    return Cell(code, breakdown, value, *span, number, None)


def publication(*cells: Cell, relations: tuple[Relation, ...] = ()) -> Publication:
    made = Publication(RULES, relations)
    made.add_release(cells)
    return made


def rows(made: Publication) -> list[tuple[str, list[tuple[str, float]], float, float]]:
    system = made.system_for(0)
    return [
        (
            row.relation,
            sorted(
                (made.names[system.figure_of[t]].split(":")[0], c)
                for t, c in zip(row.terms, row.coefficients, strict=True)
            ),
            row.lower,
            row.upper,
        )
        for row in system.rows
    ]


def test_months_of_a_quarter_sum_to_it_and_to_what_else_it_is_called() -> None:
    made = publication(cell("FLO", APRIL, 3), cell("FLO", MAY, 4), cell("FLO", JUNE, 5), cell("FLO", QUARTER, 12))
    ((relation, terms, lower, upper),) = rows(made)
    assert relation == "FLO over periods"
    assert [coefficient for _, coefficient in terms] == [1, -1, 1, 1]
    assert (lower, upper) == (0, 0)


def test_part_that_nobody_has_when_history_begins_then_the_rest_is_no_more_than_the_whole() -> None:
    made = publication(cell("FLO", MAY, 4), cell("FLO", JUNE, 5), cell("FLO", QUARTER, 12))
    assert made.violations == []
    ((_, _, lower, upper),) = rows(made)
    assert lower == float("-inf")
    assert upper == 0


def test_period_that_has_not_ended_is_the_sum_of_what_there_is_of_it() -> None:
    begun = (DAY(2018, 5, 1), DAY(2018, 5, 7))
    made = publication(cell("FLO", APRIL, 3), cell("FLO", begun, 2), cell("FLO", (DAY(2018, 4, 1), DAY(2018, 5, 7)), 5))
    ((_, terms, lower, _),) = rows(made)
    assert len(terms) == 3
    assert lower == 0


def test_units_that_are_counted_apart_bound_a_longer_period_and_do_not_sum_to_it() -> None:
    made = publication(cell("UNI", APRIL, 3), cell("UNI", MAY, 4), cell("UNI", JUNE, 5), cell("UNI", QUARTER, 8))
    found = rows(made)
    assert len(found) == 4
    assert all(lower == float("-inf") for _, _, lower, _ in found)


def test_groups_that_do_not_sum_to_the_whole_are_told_by_relation_and_period() -> None:
    made = publication(
        cell("STO", APRIL, 9), cell("STO", APRIL, 3, "age", "0"), cell("STO", APRIL, 5, "age", "1-4"),
    )  # fmt: skip
    (violation,) = made.violations
    assert (violation.relation, violation.period, violation.difference) == ("STO by age", "2018-04-30", -1)
    assert rows(made) == []


def test_crossing_when_declared_then_each_status_is_the_sum_of_its_ages() -> None:
    crossed = Relation(
        "status and age",
        "equal",
        (Member(1, "STO", "numerator", "status", "*"), Member(-1, "STO", "numerator", "crossing", "+ | *")),
    )
    made = publication(
        cell("STO", APRIL, 7),
        cell("STO", APRIL, 7, "status", "WAITING"),
        cell("STO", APRIL, 3, "crossing", "0 | WAITING"),
        cell("STO", APRIL, 4, "crossing", "1-4 | WAITING"),
        relations=(crossed,),
    )
    found = {relation: terms for relation, terms, _, _ in rows(made)}
    assert len(found["status and age"]) == 3


def test_stock_of_the_day_before_when_declared_then_stands_in_the_balance() -> None:
    balance = Relation(
        "from day to day",
        "equal",
        (Member(1, "STO", "numerator", moment="before"), Member(1, "FLO", "numerator"), Member(-1, "STO", "numerator")),
    )
    made = publication(
        cell("STO", APRIL, 10), cell("FLO", APRIL, 3), cell("STO", MAY, 14), cell("FLO", MAY, 4), relations=(balance,)
    )
    assert [relation for relation, _, _, _ in rows(made)] == ["from day to day"]


@pytest.mark.parametrize("last", [DAY(2018, 7, 30), DAY(2018, 7, 5), DAY(2018, 5, 30)])
def test_period_that_has_not_ended_has_none_that_lies_months_earlier(last: DAY) -> None:
    shifted = Relation(
        "months apart",
        "at_most",
        (Member(1, "FLO", "numerator"), Member(-1, "FLO", "numerator", moment="3 months before")),
    )
    begun = (last.replace(day=1), last)
    made = publication(cell("FLO", (DAY(2018, 4, 1), DAY(2018, 4, 30)), 3), cell("FLO", begun, 2), relations=(shifted,))
    assert rows(made) == []
    july = (DAY(2018, 7, 1), DAY(2018, 7, 31))
    assert len(rows(publication(cell("FLO", APRIL, 3), cell("FLO", july, 2), relations=(shifted,)))) == 1


def test_presumed_relation_when_it_is_not_true_then_nobody_is_held_and_nothing_is_said() -> None:
    presumed = Relation("as a rule", "presumed_equal", (Member(1, "FLO", "numerator"), Member(-1, "UNI", "numerator")))
    apart = publication(cell("FLO", APRIL, 3), cell("UNI", APRIL, 4), relations=(presumed,))
    alike = publication(cell("FLO", APRIL, 3), cell("UNI", APRIL, 3), relations=(presumed,))
    assert (apart.violations, rows(apart)) == ([], [])
    assert len(rows(alike)) == 1


def test_two_releases_that_agree_on_a_figure_share_it_and_revised_ones_do_not() -> None:
    made = Publication(RULES, ())
    first = made.add_release([cell("FLO", APRIL, 3), cell("FLO", MAY, 4)])
    second = made.add_release([cell("FLO", APRIL, 3), cell("FLO", MAY, 5)])
    assert len(set(first.values()) & set(second.values())) == 1
    assert len(made.keys) == 3


def test_a_year_to_date_is_the_one_before_it_and_a_quarter() -> None:
    half, third = (DAY(2018, 4, 1), DAY(2018, 9, 30)), (DAY(2018, 10, 1), DAY(2018, 12, 31))
    whole = (DAY(2018, 4, 1), DAY(2018, 12, 31))
    by_start = {DAY(2018, 4, 1): [half, whole], DAY(2018, 10, 1): [third]}
    assert (half, third) in [parts.spans for parts in partitions(whole, by_start) if parts.is_complete]


@pytest.mark.parametrize("last", [DAY(2019, 3, 31), DAY(2019, 2, 10)])
def test_a_year_when_quarters_alone_are_published_is_the_sum_of_them(last: datetime.date) -> None:
    starts = [DAY(2018, 4, 1), DAY(2018, 7, 1), DAY(2018, 10, 1), DAY(2019, 1, 1)]
    ends = [DAY(2018, 6, 30), DAY(2018, 9, 30), DAY(2018, 12, 31), last]
    whole = (starts[0], last)
    quarters = tuple(zip(starts, ends, strict=True))
    by_start = {start: [(start, end)] for start, end in quarters}
    by_start[starts[0]].append(whole)
    assert [parts.spans for parts in partitions(whole, by_start) if parts.is_complete] == [quarters]
    del by_start[starts[2]]
    assert not any(parts.is_complete for parts in partitions(whole, by_start))
