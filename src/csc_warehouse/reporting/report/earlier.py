"""Figures that the council published before the warehouse's own history began: shown in trends, and marked as such."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from csc_warehouse.reporting.report import words
from csc_warehouse.reporting.report.book import ALL, PUBLISHED_BEFORE, Entry, Figure, Period

NO_HISTORY = "insufficient_history"
MONTHS = {"quarter": 3, "half_year": 6, "year": 12}
FIRST_MONTH = 4
"""Of the financial year."""

Runs = dict[tuple[str, str, str], dict[str, Figure]]


def period_of(kind: str, label: str) -> Period:
    """Return a period of the financial year by its label: 2015/16, 2015/16 H2, 2015/16 Q3."""
    number = 1 if kind == "year" else int(label[-1])
    year, months = int(label[:4]), MONTHS[kind]
    start, after = (_month(year, FIRST_MONTH - 1 + months * count) for count in (number - 1, number))
    return Period(kind, label, start, after - datetime.timedelta(days=1))


def add(
    figures: Runs, periods: set[Period], published: Iterable[Any], register: Mapping[str, Entry], last: Period
) -> None:
    """Add what was published of periods before the first one that the release has a figure of, in each kind of period.

    A figure that the release has, shown or hidden, is never replaced. last: the report's own period, which nothing is
    added after.
    """
    known = {(period.kind, period.label): period for period in periods}
    begins: dict[tuple[str, str], datetime.date] = {}
    for period in periods:
        for (code, breakdown, group), run in figures.items():
            figure = run.get(period.label)
            if (breakdown, group) == (ALL, ALL) and figure is not None and figure.status != NO_HISTORY:
                key = code, period.kind
                begins[key] = min(period.start, begins.get(key, period.start))
    for row in published:
        entry = register.get(row.indicator_code)
        period = known.get((row.period_type, row.period_label)) or period_of(row.period_type, row.period_label)
        began = begins.get((row.indicator_code, period.kind), last.start)
        if entry is not None and period.end < began and period.end <= last.end:
            periods.add(period)
            figures.setdefault((entry.code, ALL, ALL), {})[period.label] = _figure(entry, period, row.value)


def _figure(entry: Entry, period: Period, value: Decimal) -> Figure:
    display = words.number(value, entry)
    return Figure(period.label, display, value, numerator=None, denominator=None, status=PUBLISHED_BEFORE)


def _month(year: int, months: int) -> datetime.date:
    """Return the first day of the month so many after January of a year."""
    return datetime.date(year + months // 12, months % 12 + 1, 1)
