"""The report as tables of a workbook: every table of its page, with each fact of a figure in a column of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from csc_warehouse.reporting.report.blocks import (
    MARKS,
    NOTHING,
    AnyBlock,
    Cell,
    Chart,
    CrossTable,
    GroupTable,
    MeasureRow,
    MeasureTable,
    Report,
)
from csc_warehouse.reporting.report.formats import laying
from csc_warehouse.reporting.report.formats.workbook import Column, Entry, Sheet, Workbook, number_of
from csc_warehouse.texts import Texts

Fact = tuple[Column, list[Entry]]


def workbook(report: Report) -> Workbook:
    """Return the report as a workbook: the answer and the texts first, then each table, then what it is read by."""
    texts = report.texts
    front = [" ".join(filter(None, (text.lead, text.says, *text.more))) for text in laying.front(report)]
    reading = [" ".join(filter(None, (text.lead, text.says))) for text in laying.reading(report)]
    return Workbook(
        title=laying.title(report),
        texts=texts,
        made=report.made_at,
        author=report.authority_name,
        cover=((texts("file.about_report"), [*front, laying.made_from(report)]), (texts("chapter.reading"), reading)),
        sheets=list(_sheets(report)),
        marks={mark: texts(f"mark.{meaning}") for mark, meaning in MARKS.items() if mark != NOTHING.display},
    )


def _sheets(report: Report) -> Iterator[Sheet]:
    texts = report.texts
    yield Sheet(
        texts("chapter.answer"),
        texts("chapter.answer"),
        (Column(texts("file.about")), Column(texts("file.says"), is_words=True, width=110)),
        [(line.about, line.says) for line in report.answer],
    )
    said = list(_texts(report))
    if said:
        headings = [Column(texts(f"file.{key}"), is_words=True) for key in ("section", "says", "by", "day")]
        headings[1] = Column(texts("file.says"), is_words=True, width=110)
        yield Sheet(texts("file.texts"), texts("file.texts"), headings, said)
    for chapter in report.chapters:
        for block in chapter.blocks:
            yield _sheet(block, texts)
    for grid in laying.trends(report):
        name = texts("file.trend_of", title=grid.title)
        rows = next(
            [(row.title, *map(_entry, row.trend)) for row in block.rows]
            for chapter in report.chapters
            for block in chapter.blocks
            if isinstance(block, MeasureTable) and f"{block.head.key}-trend" == grid.key
        )
        yield Sheet(name, name, [Column(heading) for heading in grid.columns], rows)
    if report.revisions:
        grid = laying.revisions(report)
        headings = [Column(heading, is_words=number in grid.wide) for number, heading in enumerate(grid.columns)]
        yield Sheet(grid.title, grid.title, headings, [[slot.says for slot in row] for row in grid.rows])


def _texts(report: Report) -> Iterator[Sequence[Entry]]:
    for chapter in report.chapters:
        yield from ((chapter.title, text, report.authority_name, "") for text in chapter.text)
        if chapter.note:
            for text in chapter.note.paragraphs:
                yield chapter.title, text, chapter.note.by, report.texts.day(chapter.note.on)


def _sheet(block: AnyBlock, texts: Texts) -> Sheet:
    title = laying.heading(block, texts)
    notes = (*block.head.notes, *(block.notes if isinstance(block, Chart) else ()))
    name = block.head.number or block.head.title
    if isinstance(block, MeasureTable):
        facts = [fact for fact in _facts(block, texts) if fact[0].heading == texts("table.measure") or any(fact[1])]
        rows = list(zip(*(entries for _, entries in facts), strict=True))
        row_notes = {number: row.notes for number, row in enumerate(block.rows) if row.notes}
        return Sheet(name, title, [column for column, _ in facts], rows, notes, row_notes)
    if isinstance(block, GroupTable):
        lines = [(group, *map(_entry, cells)) for part in block.parts for group, cells in part]
        lines.append((texts("table.all_of", measure=block.measure), *map(_entry, block.whole)))
        called = block.unit or block.measure
        headings = [texts.capitalised(called), *block.periods]
    elif isinstance(block, CrossTable):
        lines = [(group, *map(_entry, cells), _entry(total)) for group, cells, total in block.rows]
        lines.append((texts("table.all"), *map(_entry, block.totals), _entry(block.whole)))
        headings = [block.measure, *block.columns, texts("table.together")]
    else:
        return _data(block, texts, name, title, notes)
    return Sheet(name, title, [Column(heading) for heading in headings], lines, notes)


def _data(block: Chart, texts: Texts, name: str, title: str, notes: Sequence[str]) -> Sheet:
    """Return the data behind a drawing, with what each figure is made of after the figures."""
    lines: list[Sequence[Entry]] = []
    is_told = any(cell.terms for _, cells in block.data for cell in cells)
    for group, cells in block.data:
        made_of = [cell.terms for cell in cells] if is_told else []
        lines.append((group, *map(_entry, cells), *made_of))
    headings = [texts("drawing.data"), *block.periods]
    headings += [texts("file.made_of", period=period) for period in block.periods] if is_told else []
    return Sheet(name, title, [Column(heading) for heading in headings], lines, notes)


def _facts(block: MeasureTable, texts: Texts) -> Iterator[Fact]:
    """Yield a column for each fact of the measures; one that no measure has is left out by whoever takes them."""
    rows = block.rows

    def words(key: str, entries: Sequence[Entry], **values: str) -> Fact:
        return Column(texts(key, **values), is_words=True), list(entries)

    def made_of(period: str, cells: Sequence[Cell]) -> Fact:
        return Column(texts("file.made_of", period=period)), [cell.terms for cell in cells]

    yield words("table.measure", [row.title for row in rows])
    yield Column(texts("file.code"), is_words=True, width=12), [row.shown_code for row in rows]
    yield words("file.unit", [laying.unit(row, texts) for row in rows])
    for place, period in enumerate(block.periods):
        cells = [row.within[place] for row in rows]
        yield Column(period), [_entry(cell) for cell in cells]
        yield made_of(period, cells)
    yield Column(block.period), [_entry(row.now) for row in rows]
    yield made_of(block.period, [row.now for row in rows])
    if block.has_year_before:
        yield (
            Column(texts("table.year_before", period=block.year_before)),
            [_entry(row.year_before) for row in rows],
        )
        yield made_of(block.year_before, [row.year_before for row in rows])
        yield words("file.since_year_before", [row.since_year_before for row in rows])
    if block.has_changes:
        yield words("table.change", [_moved(row) for row in rows])
        yield words("file.change_says", [row.change.sentence for row in rows])
    yield words("table.target", [row.target for row in rows])
    yield words("file.rating", [laying.rated(row, texts) for row in rows])
    yield words("table.elsewhere", ["; ".join(row.elsewhere) for row in rows])
    yield Column(texts("table.grade"), width=8), [row.grade for row in rows]
    yield words("file.grade_says", [row.grade_words for row in rows])


def _moved(row: MeasureRow) -> str:
    return f"{row.change.arrow} {row.change.word}".strip() if row.change.sentence else ""


def _entry(cell: Cell) -> Entry:
    """Return a figure as a number that is shown as printed; as text where it is hidden, or there is none."""
    if cell == NOTHING:
        return ""
    number = number_of(str(cell), cell.value) if cell.value is not None else None
    return number or str(cell)
