"""Tables of measures: a line for each indicator, with what its figure is held against and what a reader must know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from csc_warehouse.layouts import Item
from csc_warehouse.reporting.report import drawings, words
from csc_warehouse.reporting.report.blocks import NOTHING, MeasureRow, MeasureTable
from csc_warehouse.reporting.report.book import ALL, Entry, Figure, Period
from csc_warehouse.reporting.report.printing import TREND, Printer

BY_YEAR = {"en": "given by whole years alone", "cy": "am flynyddoedd cyfan yn unig"}
OF_STATUS = {
    "suppressed": "Hidden, so that no child can be recognised.",
    "provisional": "Provisional: the period had not ended.",
    "no_denominator": "There was nothing to divide by.",
    "insufficient_history": "The history held is too short for this figure.",
}


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
            periods=tuple(period.label for period in book.within),
            period=book.period.label,
            year_before=before.label if before else "",
            trend_periods=tuple(period.label for period in book.trend("quarter", TREND)),
            rows=own,
        )
    if yearly:
        *earlier, last = printer.years()
        title = f"{head.title}, {BY_YEAR[printer.language]}"
        yield MeasureTable(
            replace(head, key=f"{name}_by_year", title=title, notes=() if own else head.notes),
            periods=tuple(period.label for period in earlier),
            period=last.label,
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
        unit="" if entry.value_type in ("percent", "money") else entry.unit,
        is_at_end=entry.flow_or_stock == "stock",
        within=tuple(printer.cell(entry, book.figure(code, each), terms=is_left_out) for each in within),
        now=NOTHING if is_left_out else printer.cell(entry, now, terms=True),
        year_before=printer.cell(entry, before, terms=True),
        since_year_before=words.against_year_before(entry, now, before),
        target=printer.target(entry, told),
        rating=words.RATINGS.get(told.rating, "") if told else "",
        rating_class=told.rating if told else "",
        change=printer.change(code),
        elsewhere=() if is_left_out else _elsewhere(printer, entry, now),
        grade=now.grade,
        grade_words=words.GRADES.get(now.grade, ""),
        notes=_notes(printer, entry, now, trend or within),
        spark=drawings.spark(printer.points(code, trend)),
        trend=tuple(printer.cell(entry, book.figure(code, each)) for each in trend),
    )


def _elsewhere(printer: Printer, entry: Entry, now: Figure) -> tuple[str, ...]:
    """Return what others published of the same definition, with scope and year, and how the figure lies to it."""
    said = []
    for known in printer.book.comparators.get(entry.code, ()):
        lies = words.against_comparator(entry, now, known.value, is_judged=not known.is_own)
        text = f"{known.scope} {known.period}: {words.number(known.value, entry)}"
        if known.quartiles:
            low, high = (words.number(value, entry) for value in known.quartiles)
            text += f" (middle half of authorities {low} to {high})"
        said.append(f"{text}; {lies}" if lies else text)
    return tuple(said)


def _notes(printer: Printer, entry: Entry, now: Figure, shown: tuple[Period, ...]) -> tuple[str, ...]:
    said = [note[printer.language] for note in printer.layout.measure(entry.code).notes]
    if now.status in OF_STATUS:
        said.append(OF_STATUS[now.status])
    reasons = [each for each in printer.book.breaks.get(entry.code, ()) if shown and each.day >= shown[0].start]
    said += [
        f"Not wholly comparable from {each.day.day} {each.day:%B %Y} on: {each.reasons[printer.language]}"
        for each in reasons
    ]
    # the caveat repeats the break of the period itself
    caveat = now.caveat
    for each in reasons:
        caveat = caveat.replace(each.reasons["en"], "").strip()
    if caveat:
        said.append(caveat)
    higher, lower = printer.book.leanings.get((entry.code, now.period), (False, False))
    if higher or lower:
        way = "higher or lower" if higher and lower else "higher" if higher else "lower"
        said.append(f"Records lack a fact that it needs: if it were known, the figure could be {way} than shown.")
    if not entry.is_confirmed:
        said.append(f"The definition is to be confirmed: {entry.confirm_note}")
    said += [
        f"Revised, {each.period}: {each.before or 'none'} before, {each.now} now."
        + (f" {each.reason}" if each.reason else "")
        for each in printer.book.revised
        if each.code == entry.code and each.breakdown == ALL
    ]
    return tuple(said)
