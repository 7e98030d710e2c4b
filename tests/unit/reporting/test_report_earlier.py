"""Figures from before the warehouse's own history: in trends, marked, and never in place of one that is its own."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

from csc_warehouse import layouts
from csc_warehouse.reporting.report import building, earlier
from csc_warehouse.reporting.report.blocks import Chart, MeasureTable
from csc_warehouse.reporting.report.book import Book, Figure, Period
from csc_warehouse.reporting.report.formats import sheets
from csc_warehouse.reporting.report.formats.workbook import Number
from csc_warehouse.reporting.report.printing import Printer
from tests.support import report_book
from tests.support.report_book import HALVES, LAYOUT


def published(code: str, kind: str, label: str, value: str) -> SimpleNamespace:
    """Return a row of what the council published."""
    return SimpleNamespace(indicator_code=code, period_type=kind, period_label=label, value=Decimal(value))


def book(*rows: SimpleNamespace, hidden: str | None = None) -> Book:
    """Return the book with published figures in it; hidden: label of a period whose own figure of PM24 is hidden."""
    made = report_book.book()
    figures = {key: dict(run) for key, run in made.figures.items()}
    if hidden is not None:
        figures["PM24", "all", "all"][hidden] = Figure(hidden, "[c]", None, None, None, "suppressed")
    periods = set(made.periods)
    earlier.add(figures, periods, rows, made.register, made.period)
    return replace(made, figures=figures, periods=tuple(sorted(periods, key=lambda each: (each.kind, each.end))))


def blocks(made: Book) -> tuple[MeasureTable, Chart]:
    """Return the table of measures and the drawing of PM24."""
    (chapter,) = building.chapters(Printer(made, layouts.load(LAYOUT)))
    table, _, line = (block for block in chapter.blocks if block.head.key in ("table", "table_by_year", "line"))
    assert isinstance(table, MeasureTable)
    assert isinstance(line, Chart)
    return table, line


def test_period_when_named_then_has_the_days_of_the_financial_year() -> None:
    known = [*report_book.QUARTERS, *HALVES, report_book.YEAR]
    assert [earlier.period_of(each.kind, each.label) for each in known] == known
    last = Period("quarter", "2015/16 Q4", datetime.date(2016, 1, 1), datetime.date(2016, 3, 31))
    assert earlier.period_of("quarter", "2015/16 Q4") == last


def test_figure_when_published_before_the_history_then_stands_in_trends_and_drawings_with_its_mark() -> None:
    table, line = blocks(book(published("PM24", "quarter", "2015/16 Q4", "91.24")))
    timely = table.rows[0]
    assert table.trend_periods[0] == "2015/16 Q4"
    assert (str(timely.trend[0]), str(timely.trend[1])) == ("91.2% (h)", "85.6%")
    assert line.trend == "down from 91.2% (h) in 2015/16 Q4 to 68.8% in 2017/18 Q2"
    assert ">91.2% (h)</text>" in line.drawings[0][1]
    entry = sheets._entry(timely.trend[0])
    assert isinstance(entry, Number)
    assert entry.value == Decimal("91.2")


def test_figure_when_the_warehouse_has_its_own_or_hides_it_then_is_not_replaced() -> None:
    rows = [
        published("PM24", "quarter", "2016/17 Q1", "91.2"),
        published("PM24", "quarter", "2016/17 Q2", "91.3"),
        published("PM24", "year", "2019/20", "91.4"),
        published("NONE", "quarter", "2015/16 Q4", "91.5"),
    ]
    made = book(*rows, hidden="2016/17 Q1")
    run = made.figures["PM24", "all", "all"]
    assert (run["2016/17 Q1"].display, run["2016/17 Q2"].display) == ("[c]", "85.5%")
    assert not [key for key in made.figures if key[0] == "NONE"]
    assert "(h)" not in str(building.chapters(Printer(made, layouts.load(LAYOUT))))


def test_figure_when_of_the_year_before_then_is_compared_and_says_what_it_is() -> None:
    made = book(published("CON01", "half_year", "2015/16 H1", "5000"))
    first = next(each for each in made.periods if each.label == "2016/17 H1")
    before = made.figure("CON01", made.a_year_before(first))
    assert before is not None
    assert (before.display, before.status) == ("5,000", "published_before")
