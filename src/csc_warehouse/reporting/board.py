"""What the safeguarding board's quarterly adds to a report: all its figures as data, and how each was revised, ever.

A quarter that a later paper gives otherwise than an earlier one contradicts it, unless the later one says so. So each
paper lists every revision of a signed figure that it shows, whichever signature made it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.layouts import Item, Layout
from csc_warehouse.reporting.report.book import ALL, Period, Revised
from csc_warehouse.reporting.report.printing import Printer, in_welsh
from csc_warehouse.sql_files import statement

COLUMNS = (
    "authority_code", "indicator_code", "title", "title_cy", "counted", "denominator_text", "is_confirmed",
    "confirm_note", "confirm_note_cy", "breakdown", "breakdown_value", "group_title", "group_title_cy", "period_label",
    "period_start_date", "period_end_date", "display", "numerator", "denominator", "unit", "status", "direction",
    "grade", "caveat", "caveat_cy", "revised_from", "revised_on", "revision_reason", "as_at_date", "release_id",
    "code_version", "code_address",
)  # fmt: skip
LANGUAGE = "en"
TREND = 8
"""Quarters of each figure, the last one that of the paper."""

_HISTORY = text(statement(__name__, "history"))


def history(connection: Connection, key: dict[str, Any], layout: Layout, *, signed: int | None) -> tuple[Revised, ...]:
    """Return every revision of the figures that the paper shows; of one figure last what a signature would make.

    signed: the decision that signed the release, and the last whose revisions count; None: nobody signed it.
    """
    shown = _shown(layout)
    return tuple(
        Revised(
            code=row.indicator_code,
            title=row.title if row.breakdown == ALL else f"{row.title}: {_called(layout, row)}",
            period=row.period_label,
            before=row.revised_display or "",
            now=row.display or "",
            reason=row.revision_reason or "",
            breakdown=row.breakdown,
            group=row.breakdown_value,
            on=row.revised_on,
        )
        for row in connection.execute(_HISTORY, key | {"signed": signed})
        if (row.indicator_code, row.breakdown) in shown
    )


def rows(printer: Printer, authority_code: str, release_id: int) -> Iterator[dict[str, Any]]:
    """Yield the figures of the paper's tables as data, by group and quarter, hidden ones as hidden as on the page.

    What is said in words stands in both languages, but the definitions of the register, which has them in English.
    """
    book = printer.book
    english, welsh = replace(printer, language="en"), replace(printer, language="cy")
    revised = {(each.code, each.breakdown, each.group, each.period): each for each in book.revised}
    for code, breakdown in _shown(printer.layout):
        entry = book.register.get(code)
        if entry is None:
            continue
        for group in (ALL,) if breakdown == ALL else printer.groups(code, breakdown):
            for period in _periods(printer):
                figure = book.figure(code, period, breakdown, group)
                if figure is None:
                    continue
                before = revised.get((code, breakdown, group, period.label))
                yield {
                    "authority_code": authority_code,
                    "indicator_code": code,
                    "title": english.title(code),
                    "title_cy": in_welsh(welsh.title(code)),
                    "counted": entry.numerator_text,
                    "denominator_text": entry.denominator_text,
                    "is_confirmed": entry.is_confirmed,
                    "confirm_note": entry.confirm_note,
                    "confirm_note_cy": in_welsh(welsh.texts.translated(entry.confirm_note)),
                    "breakdown": breakdown,
                    "breakdown_value": group,
                    "group_title": "" if breakdown == ALL else english.called(breakdown, group),
                    "group_title_cy": "" if breakdown == ALL else in_welsh(welsh.called(breakdown, group)),
                    "period_label": period.label,
                    "period_start_date": period.start,
                    "period_end_date": period.end,
                    "display": figure.display,
                    "numerator": figure.numerator,
                    "denominator": figure.denominator,
                    "unit": entry.unit,
                    "status": figure.status,
                    "direction": figure.direction,
                    "grade": figure.grade,
                    "caveat": figure.caveat,
                    "caveat_cy": in_welsh(welsh.texts.translated(figure.caveat)),
                    "revised_from": before.before if before else "",
                    "revised_on": before.on if before else None,
                    "revision_reason": before.reason if before else "",
                    "as_at_date": book.as_at,
                    "release_id": release_id,
                }


def _called(layout: Layout, row: Any) -> str:
    return layout.called(row.breakdown, row.breakdown_value, LANGUAGE)


def _periods(printer: Printer) -> tuple[Period, ...]:
    """Return the quarters up to the paper's, its own period, and the same one of the year before."""
    book = printer.book
    found = {*book.trend("quarter", TREND), *printer.columns()}
    return tuple(period for period in book.periods if period in found)


def _shown(layout: Layout) -> Collection[tuple[str, str]]:
    """Return which figures the paper shows, as indicator and breakdown, in the order of its tables."""
    found: dict[tuple[str, str], None] = {}
    for name in layout.shown:
        item = layout.items[name]
        for code in item.indicators:
            found |= {(code, breakdown): None for breakdown in (ALL, *_breakdowns(item))}
    return found


def _breakdowns(item: Item) -> Iterator[str]:
    yield from item.breakdowns
    yield from (name for name in (item.rows, item.columns, item.cells) if name)
