"""Drawings of a report, each with a title that says the trend, and the data behind it."""

from __future__ import annotations

from csc_warehouse.layouts import Item
from csc_warehouse.reporting.report import drawings, words
from csc_warehouse.reporting.report.blocks import Chart
from csc_warehouse.reporting.report.book import Entry, Period
from csc_warehouse.reporting.report.printing import Printer


def bars(printer: Printer, name: str, item: Item) -> Chart | None:
    """Return a bar for each period of one indicator; None where it has no figure."""
    periods = _shown_periods(printer, item)
    if not periods:
        return None
    entry = printer.book.register[item.indicators[0]]
    trend = words.trend(printer.book, entry, periods, texts=printer.texts)
    head = printer.head(name, item)
    points = printer.points(entry.code, periods)
    drawing = drawings.bars(
        name, _titled(printer, head.title, trend), points, _unit(printer, entry), texts=printer.texts
    )
    data = ((entry.titles[printer.language], printer.figures(entry.code, periods)),)
    return Chart(head, trend, _labels(printer, periods), (("", drawing),), data)


def lines(printer: Printer, name: str, item: Item) -> Chart | None:
    """Return a line for each indicator, with the target of a single one and every break; None without a figure."""
    book = printer.book
    periods = _shown_periods(printer, item)
    if not periods:
        return None
    entries = [book.register[code] for code in item.indicators if code in book.register]
    if len(entries) == 1:
        trend = words.trend(book, entries[0], periods, texts=printer.texts)
    else:
        trend = words.trends(book, entries, periods, printer.language, texts=printer.texts)
    head = printer.head(name, item)
    drawing = drawings.lines(
        name,
        _titled(printer, head.title, trend),
        [drawings.Line(entry.titles[printer.language], printer.points(entry.code, periods)) for entry in entries],
        _unit(printer, entries[0]),
        levels=_levels(printer, entries, periods[-1]),
        breaks=_broken(printer, entries, periods),
        texts=printer.texts,
    )
    data = tuple((entry.titles[printer.language], printer.figures(entry.code, periods)) for entry in entries)
    notes = tuple(
        printer.texts("drawing.break_on", day=printer.texts.day(each.day), reason=each.reasons[printer.language])
        for entry in entries
        for each in book.breaks.get(entry.code, ())
        if periods[0].start <= each.day <= periods[-1].end
    )
    return Chart(head, trend, _labels(printer, periods), (("", drawing),), data, notes)


def multiples(printer: Printer, name: str, item: Item) -> Chart | None:
    """Return a small drawing for each group of a breakdown, all on one axis; None where no group has a figure."""
    book, by = printer.book, item.breakdowns[0]
    entry = book.register[item.indicators[0]]
    periods = _shown_periods(printer, item)
    drawn, data, values = [], [], []
    for group in printer.groups(entry.code, by):
        points = printer.points(entry.code, periods, by, group)
        shown = [point.value for point in points if point.value is not None]
        if shown:
            called = printer.called(by, group)
            drawn.append((called, words.trend(book, entry, periods, by, group, texts=printer.texts), points))
            data.append((called, printer.group_figures(entry.code, by, group, periods)))
            values += shown
    if not values:
        return None
    axis = drawings.axis_of(values, _unit(printer, entry))
    made = []
    for place, (called, trend, points) in enumerate(drawn):
        says = _titled(printer, called, trend)
        line = drawings.Line(called, points)
        made.append(
            (says, drawings.small(f"{name}-{place}", says, line, _unit(printer, entry), axis, texts=printer.texts))
        )
    whole = words.trend(book, entry, periods, texts=printer.texts)
    return Chart(printer.head(name, item), whole, _labels(printer, periods), tuple(made), tuple(data))


def _titled(printer: Printer, title: str, trend: str) -> str:
    return printer.texts("table.titled", title=title, says=trend) if trend else title


def _labels(printer: Printer, periods: tuple[Period, ...]) -> tuple[str, ...]:
    return tuple(printer.label(period) for period in periods)


def _shown_periods(printer: Printer, item: Item) -> tuple[Period, ...]:
    """Return the periods of a drawing: from the first in which any of its measures has a figure."""
    periods = printer.book.trend(item.periods, item.number_of_periods)
    known = [code for code in item.indicators if code in printer.book.register]
    first = next(
        (place for place, period in enumerate(periods) if any(printer.book.figure(code, period) for code in known)),
        len(periods),
    )
    return periods[first:]


def _levels(printer: Printer, entries: list[Entry], last: Period) -> list[drawings.Level]:
    """Return the target that holds in the last period; of several measures none, since each has its own."""
    figure = printer.book.figure(entries[0].code, last)
    if len(entries) > 1 or figure is None or figure.target is None:
        return []
    return [
        drawings.Level(float(figure.target), printer.texts("drawing.target", target=printer.target(entries[0], figure)))
    ]


def _broken(printer: Printer, entries: list[Entry], periods: tuple[Period, ...]) -> list[int]:
    """Return the places of the periods in which figures stop being comparable with those before."""
    days = [each.day for entry in entries for each in printer.book.breaks.get(entry.code, ())]
    return [place for place, period in enumerate(periods) if any(period.start <= day <= period.end for day in days)]


def _unit(printer: Printer, entry: Entry) -> str:
    if entry.value_type == "percent":
        return drawings.PERCENT
    return printer.texts.capitalised(words.unit_name(entry.unit, printer.texts))
