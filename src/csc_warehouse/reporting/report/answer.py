"""The first page: what got worse, misses its target, improved, is hidden, was revised, and how far it can be trusted.

Ten lines at most, each of it computed; national measures apart from local ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from csc_warehouse.reporting.report.blocks import (
    NOTHING,
    Cell,
    Chapter,
    CrossTable,
    GroupTable,
    Line,
    MeasureRow,
    MeasureTable,
)
from csc_warehouse.reporting.report.printing import Printer
from csc_warehouse.texts import Part, Texts

MOST_NAMED = 4
MOST_LINES = 10
HIDDEN_MARK = "[c]"
DOUBTED = ("C", "D")
FREE = "A"
WALES = "Wales"
"""The scope of the whole of Wales, as comparators name it."""


def lines(printer: Printer, chapters: Sequence[Chapter], *, reason: str, is_signed: bool) -> tuple[Line, ...]:
    """Return the lines of the first page. reason: of a verdict with caveats, else empty."""
    rows = _rows(chapters)
    texts = printer.texts
    national = [row for row in rows if printer.book.register[row.code].is_national]
    local = [row for row in rows if not printer.book.register[row.code].is_national]
    said = [
        _moved(printer, "national", national, "worse"),
        _moved(printer, "local", local, "worse"),
        _targets(texts, rows),
        _wales(printer, national),
        _moved(printer, "national", national, "better"),
        _moved(printer, "local", local, "better"),
        _untested(printer, [*national, *local]),
        _hidden(texts, chapters),
        _revised(printer, is_signed=is_signed),
        _trusted(texts, rows, reason),
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


def _named(texts: Texts, said: Sequence[str]) -> str:
    return texts.listed(said, MOST_NAMED)


def _moved(printer: Printer, of: str, rows: Sequence[MeasureRow], way: str) -> Line | None:
    """Return which of some measures a test says to have moved one way; None where there are no such measures."""
    if not rows:
        return None
    texts = printer.texts
    about = texts(f"answer.{way}.{of}")
    says = []
    for row in rows:
        now, before = printer.headline(row.code)
        if row.change.judged == way and now is not None and before is not None:
            shown = printer.cell(printer.book.register[row.code], now)
            told = {"before": printer.display(row.code, before), "period": texts.period(before.period)}
            says.append(texts("answer.moved", title=row.title, now=shown, **told))
    if says:
        return Line(about, texts("answer.sentence", named=_named(texts, says)), way)
    return Line(about, texts(f"answer.none_{'of_the_tested' if _not_tested(printer, rows) else 'beyond_chance'}"), "")


def _not_tested(printer: Printer, rows: Sequence[MeasureRow]) -> list[MeasureRow]:
    """Return the measures of which one way is better, and that moved without a test."""
    return [
        row
        for row in rows
        if not row.change.is_tested and printer.book.register[row.code].good_direction in ("high", "low")
    ]


def _untested(printer: Printer, rows: Sequence[MeasureRow]) -> Line | None:
    """Return which measures moved without a test that could say whether by more than chance; None where none did."""
    texts = printer.texts
    told = [
        texts("answer.untested.one", title=row.title, now=row.now.display, change=row.change.sentence)
        for row in _not_tested(printer, rows)
    ]
    if not told:
        return None
    return Line(texts("answer.untested.about"), texts("answer.untested.says", named=_named(texts, told)), to="reading")


def _targets(texts: Texts, rows: Sequence[MeasureRow]) -> Line | None:
    held = [row for row in rows if row.target]
    if not held:
        return Line(texts("answer.targets.about"), texts("answer.targets.none_set"))
    about = texts("answer.targets.missed")
    missed = [row for row in held if row.rating_class not in ("", "green")]
    if missed:
        return Line(about, texts("answer.sentence", named=_against_target(texts, missed)), "worse")
    met = [row for row in held if row.rating_class == "green"]
    if not met:
        return Line(about, texts("answer.targets.none_told"))
    return Line(about, texts("answer.targets.met", held=len(held), named=_against_target(texts, met)))


def _against_target(texts: Texts, rows: Sequence[MeasureRow]) -> str:
    told = [texts("answer.targets.one", title=row.title, now=row.now.display, target=row.target) for row in rows]
    return _named(texts, told)


def _wales(printer: Printer, rows: Sequence[MeasureRow]) -> Line | None:
    texts = printer.texts
    told = []
    for row in rows:
        published = printer.book.comparators.get(row.code, ())
        beside = (text for known, text in zip(published, row.elsewhere, strict=False) if known.scope == WALES)
        told += [texts("answer.wales.one", title=row.title, now=row.now.display, text=text) for text in beside]
    if not told:
        return None
    return Line(texts("answer.wales.about"), texts("answer.sentence", named=_named(texts, told)))


def _hidden(texts: Texts, chapters: Sequence[Chapter]) -> Line:
    """Return how many printed figures are hidden: of measures and groups, those of the period and beside it.

    Where a table says that there is none, there is no figure to count.
    """
    cells = (cell for chapter in chapters for block in chapter.blocks for cell in _cells(block))
    printed = [cell.display for cell in cells if cell != NOTHING]
    hidden = sum(display == HIDDEN_MARK for display in printed)
    about = texts("answer.hidden.about")
    if not hidden:
        return Line(about, texts("answer.hidden.none", printed=len(printed)))
    says = texts("answer.hidden.some", hidden=hidden, printed=len(printed), mark=HIDDEN_MARK)
    return Line(about, says, to="reading")


def _cells(block: object) -> list[Cell]:
    if isinstance(block, MeasureTable):
        return [cell for row in block.rows for cell in (*row.within, row.now, row.year_before)]
    if isinstance(block, GroupTable):
        return [*(cell for part in block.parts for _, cells in part for cell in cells), *block.whole]
    if isinstance(block, CrossTable):
        return [*(cell for _, cells, total in block.rows for cell in (*cells, total)), *block.totals, block.whole]
    return []


def _revised(printer: Printer, *, is_signed: bool) -> Line:
    texts, revised = printer.texts, printer.revisions
    if not revised:
        return Line(texts("answer.revised.about_none"), texts("answer.revised.none"), to="revisions")
    told = [
        texts(
            "answer.revised.one",
            title=each.title,
            period=texts.period(each.period),
            before=each.before or texts("answer.revised.no_figure"),
            now=each.now,
        )
        for each in revised
    ]
    says = texts("answer.sentence", named=_named(texts, told))
    waits = [] if is_signed else [texts("answer.revised.waits")]
    return Line(texts("answer.revised.about"), " ".join([says, *waits]), to="revisions")


def _trusted(texts: Texts, rows: Sequence[MeasureRow], reason: str) -> Line:
    graded = [row for row in rows if row.grade]
    about = texts("answer.trust.about")
    # a reason that nobody has translated stands in full below the lines, marked with its language
    because = texts.translated(reason)
    further = [texts("answer.trust.caveats_below") if isinstance(because, Part) else because] if reason else []
    if not graded:
        return Line(about, " ".join([texts("answer.trust.not_graded"), *further]), to="reading")
    free = sum(row.grade == FREE for row in graded)
    doubted = [texts("answer.trust.one", title=row.title, grade=row.grade) for row in graded if row.grade in DOUBTED]
    says = texts("answer.trust.free", free=free, count=len(graded))
    if doubted:
        says = texts("answer.trust.doubted", says=says, named=_named(texts, doubted))
    return Line(about, " ".join([texts("answer.sentence", named=says), *further]), to="reading")
