"""Tables of measures: a line for each indicator, with what its figure is held against and what a reader must know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from csc_warehouse.layouts import Item
from csc_warehouse.reporting.report import drawings, words
from csc_warehouse.reporting.report.blocks import NOTHING, MeasureRow, MeasureTable
from csc_warehouse.reporting.report.book import ALL, Entry, Figure, Period
from csc_warehouse.reporting.report.printing import TREND, Printer

OF_STATUS = ("suppressed", "provisional", "no_denominator", "insufficient_history")
"""What a figure is where a note says it; a final one needs none."""


def measures(printer: Printer, name: str, item: Item) -> Iterator[MeasureTable]:
    """Yield the table of an item's indicators, and one of those that have figures of whole years alone.

    An indicator without a figure of the period is in neither.
    """
    book, head = printer.book, printer.head(name, item)
    rows = [row for code in item.indicators if code in book.register and (row := row_of(printer, code)) is not None]
    own = tuple(row for row in rows if not printer.is_yearly(row.code))
    yearly = tuple(row for row in rows if printer.is_yearly(row.code))
    if own:
        before = book.year_before
        yield MeasureTable(
            head,
            periods=tuple(printer.label(period) for period in book.within),
            period=printer.label(book.period),
            year_before=printer.label(before) if before else "",
            trend_periods=tuple(printer.label(period) for period in book.trend("quarter", TREND)),
            rows=own,
        )
    if yearly:
        *earlier, last = printer.years()
        title = printer.texts("table.by_year", title=head.title)
        yield MeasureTable(
            replace(head, key=f"{name}_by_year", title=title, notes=() if own else head.notes),
            periods=tuple(printer.label(period) for period in earlier),
            period=printer.label(last),
            year_before="",
            trend_periods=(),
            rows=yearly,
        )


def row_of(printer: Printer, code: str) -> MeasureRow | None:
    """Return one indicator as a table of measures shows it; None where the period has no figure of it."""
    period = printer.period_of(code)
    now = printer.book.figure(code, period)
    return None if period is None or now is None else _row(printer, printer.book.register[code], period, now)


def _row(printer: Printer, entry: Entry, period: Period, now: Figure) -> MeasureRow:
    book, code = printer.book, entry.code
    measure = printer.layout.measure(code)
    is_yearly = period != book.period
    within = printer.years()[:-1] if is_yearly else book.within
    is_left_out = measure.quarters_only and bool(book.within) and not is_yearly
    told = book.figure(code, within[-1]) if is_left_out else now
    before = None if is_yearly or is_left_out else book.figure(code, book.year_before)
    trend = () if is_yearly else book.trend("quarter", TREND)
    return MeasureRow(
        code=code,
        title=entry.titles[printer.language],
        shown_code=entry.local_code,
        unit=printer.unit(entry),
        is_at_end=entry.flow_or_stock == "stock",
        within=tuple(printer.cell(entry, book.figure(code, each), terms=is_left_out) for each in within),
        now=NOTHING if is_left_out else printer.cell(entry, now, terms=True),
        year_before=printer.cell(entry, before, terms=True),
        since_year_before=words.against_year_before(entry, now, before, printer.texts),
        target=printer.target(entry, told),
        rating=printer.texts(f"rating.{told.rating}") if told and told.rating else "",
        rating_class=told.rating if told else "",
        change=printer.change(code),
        elsewhere=() if is_left_out else _elsewhere(printer, entry, now),
        grade=now.grade,
        grade_words=printer.texts(f"grade.{now.grade}") if now.grade else "",
        notes=_notes(printer, entry, now, trend or within),
        spark=drawings.spark(printer.points(code, trend)),
        trend=tuple(printer.cell(entry, book.figure(code, each)) for each in trend),
    )


def _elsewhere(printer: Printer, entry: Entry, now: Figure) -> tuple[str, ...]:
    """Return what others published of the same definition, with scope and year, and how the figure lies to it."""
    texts = printer.texts
    said = []
    for known in printer.book.comparators.get(entry.code, ()):
        lies = words.against_comparator(entry, now, known.value, is_judged=not known.is_own, texts=texts)
        value = words.number(known.value, entry, texts)
        text = texts(
            "elsewhere.one", scope=known.called(texts.language), period=texts.period(known.period), value=value
        )
        if known.quartiles:
            low, high = (words.number(value, entry, texts) for value in known.quartiles)
            text = texts("elsewhere.quartiles", says=text, low=low, high=high)
        said.append(texts("elsewhere.lies", says=text, lies=lies) if lies else text)
    return tuple(said)


def _notes(printer: Printer, entry: Entry, now: Figure, shown: tuple[Period, ...]) -> tuple[str, ...]:
    texts = printer.texts
    said = [note[printer.language] for note in printer.layout.measure(entry.code).notes]
    if now.status in OF_STATUS:
        said.append(texts(f"note.{now.status}"))
    reasons = [each for each in printer.book.breaks.get(entry.code, ()) if shown and each.day >= shown[0].start]
    said += [texts("note.break", day=texts.day(each.day), reason=each.reasons[printer.language]) for each in reasons]
    # the caveat repeats the break of the period itself
    caveat = now.caveat
    for each in reasons:
        caveat = caveat.replace(each.reasons["en"], "").strip()
    if caveat:
        said.append(texts.translated(caveat))
    higher, lower = printer.book.leanings.get((entry.code, now.period), (False, False))
    if higher or lower:
        said.append(texts(f"note.could_be.{'either' if higher and lower else 'higher' if higher else 'lower'}"))
    if not entry.is_confirmed:
        said += texts.joined(texts("note.to_be_confirmed"), texts.translated(entry.confirm_note))
    for revised in printer.book.revised:
        if revised.code == entry.code and revised.breakdown == ALL:
            before = revised.before or texts("answer.revised.no_figure")
            told = texts("note.revised", period=texts.period(revised.period), before=before, now=revised.now)
            said += texts.joined(told, texts.translated(revised.reason)) if revised.reason else [told]
    return tuple(said)
