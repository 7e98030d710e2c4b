"""The first page: what got worse, misses its target, improved, is hidden, was revised, and how far it can be trusted.

Ten lines at most, each of it computed; national measures apart from local ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from csc_warehouse.reporting.pages.render import plural
from csc_warehouse.reporting.report.blocks import Cell, Chapter, CrossTable, GroupTable, Line, MeasureRow, MeasureTable
from csc_warehouse.reporting.report.printing import Printer

MOST_NAMED = 4
MOST_LINES = 10
HIDDEN_MARK = "[c]"
DOUBTED = ("C", "D")


def lines(printer: Printer, chapters: Sequence[Chapter], *, reason: str, is_signed: bool) -> tuple[Line, ...]:
    """Return the lines of the first page. reason: of a verdict with caveats, else empty."""
    rows = _rows(chapters)
    national = [row for row in rows if printer.book.register[row.code].is_national]
    local = [row for row in rows if not printer.book.register[row.code].is_national]
    said = [
        _moved(printer, "Worse, national measures", national, "worse"),
        _moved(printer, "Worse, local measures", local, "worse"),
        _targets(rows),
        _wales(national),
        _moved(printer, "Better, national measures", national, "better"),
        _moved(printer, "Better, local measures", local, "better"),
        _untested(printer, [*national, *local]),
        _hidden(chapters),
        _revised(printer, is_signed=is_signed),
        _trusted(rows, reason),
    ]
    return tuple(line for line in said if line is not None)[:MOST_LINES]


def _rows(chapters: Iterable[Chapter]) -> list[MeasureRow]:
    """Return every indicator that the report shows, once."""
    found: dict[str, MeasureRow] = {}
    for chapter in chapters:
        for block in chapter.blocks:
            if isinstance(block, MeasureTable):
                for row in block.rows:
                    found.setdefault(row.code, row)
    return list(found.values())


def _named(words: Sequence[str]) -> str:
    if len(words) <= MOST_NAMED:
        return "; ".join(words)
    return f"{'; '.join(words[:MOST_NAMED])}; and {len(words) - MOST_NAMED} more"


def _moved(printer: Printer, about: str, rows: Sequence[MeasureRow], way: str) -> Line | None:
    """Return which of some measures a test says to have moved one way; None where there are no such measures."""
    if not rows:
        return None
    moved = [row for row in rows if row.change.judged == way]
    says = []
    for row in moved:
        now, before = printer.headline(row.code)
        if now is not None and before is not None:
            shown = printer.cell(printer.book.register[row.code], now)
            figures = f"{shown}, {printer.display(row.code, before)} in {before.period}"
            says.append(f"{row.title} ({figures})")
    if says:
        return Line(about, f"{_named(says)}.", way)
    none = "none of those that could be tested." if _not_tested(printer, rows) else "none by more than chance."
    return Line(about, none, "")


def _not_tested(printer: Printer, rows: Sequence[MeasureRow]) -> list[MeasureRow]:
    """Return the measures of which one way is better, and that moved without a test."""
    return [
        row
        for row in rows
        if not row.change.is_tested and printer.book.register[row.code].good_direction in ("high", "low")
    ]


def _untested(printer: Printer, rows: Sequence[MeasureRow]) -> Line | None:
    """Return which measures moved without a test that could say whether by more than chance; None where none did."""
    told = [f"{row.title} ({row.now.display}, {row.change.sentence})" for row in _not_tested(printer, rows)]
    if not told:
        return None
    return Line(
        "Moved, but not tested",
        f"{_named(told)}. Whether by more than chance is not said where a test would tell hidden numbers.",
        to="reading",
    )


def _targets(rows: Sequence[MeasureRow]) -> Line | None:
    held = [row for row in rows if row.target]
    if not held:
        return Line("Targets", "the council has set none for this period.")
    missed = [row for row in held if row.rating_class not in ("", "green")]
    if missed:
        told = [f"{row.title} ({row.now.display}, target {row.target})" for row in missed]
        return Line("Misses its target", f"{_named(told)}.", "worse")
    met = [f"{row.title} ({row.now.display}, target {row.target})" for row in held if row.rating_class == "green"]
    return Line("Misses its target", f"none of {len(held)}. Met: {_named(met)}." if met else "none can be told.")


def _wales(rows: Sequence[MeasureRow]) -> Line | None:
    told = []
    for row in rows:
        for text in row.elsewhere:
            if text.startswith("Wales"):
                told.append(f"{row.title}, {row.now.display} ({text})")
                break
    return Line("Beside Wales", f"{_named(told)}.") if told else None


def _hidden(chapters: Sequence[Chapter]) -> Line:
    """Return how many printed figures are hidden: of measures and groups, those of the period and beside it."""
    printed = [cell.display for chapter in chapters for block in chapter.blocks for cell in _cells(block)]
    count = sum(display == HIDDEN_MARK for display in printed)
    if not count:
        return Line("Hidden", f"none of the {len(printed):,} figures in the tables.")
    return Line(
        "Hidden",
        f"{count:,} of the {len(printed):,} figures in the tables, so that no child can be recognised; marked"
        f" {HIDDEN_MARK}.",
        to="reading",
    )


def _cells(block: object) -> list[Cell]:
    if isinstance(block, MeasureTable):
        return [cell for row in block.rows for cell in (*row.within, row.now, row.year_before)]
    if isinstance(block, GroupTable):
        return [cell for part in block.parts for _, cells in part for cell in cells]
    if isinstance(block, CrossTable):
        return [cell for _, cells, total in block.rows for cell in (*cells, total)]
    return []


def _revised(printer: Printer, *, is_signed: bool) -> Line:
    revised = printer.book.revised
    if not revised:
        return Line("Revised", "no figure that was signed before has changed.", to="revisions")
    told = [f"{each.title}, {each.period} ({each.before or 'none'} before, {each.now} now)" for each in revised]
    waits = "" if is_signed else " The reason is given at sign-off."
    return Line("Revised since it was signed", f"{_named(told)}.{waits}", to="revisions")


def _trusted(rows: Sequence[MeasureRow], reason: str) -> Line:
    graded = [row for row in rows if row.grade]
    if not graded:
        return Line("How far to trust it", f"not graded. {reason}".strip(), to="reading")
    free = sum(row.grade == "A" for row in graded)
    doubted = [f"{row.title} ({row.grade})" for row in graded if row.grade in DOUBTED]
    says = f"{free} of {plural(len(graded), 'measure')} may be used freely (grade A)"
    if doubted:
        says += f"; not to be relied on: {_named(doubted)}"
    return Line("How far to trust it", f"{says}. {reason}".strip(), to="reading")
