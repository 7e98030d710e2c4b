"""The report as one run of parts: what its page shows, in an order and in widths that paper takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from csc_warehouse.reporting.report import words
from csc_warehouse.reporting.report.blocks import (
    MARKS,
    NOTHING,
    PROFILE,
    AnyBlock,
    Cell,
    Chapter,
    Chart,
    CrossTable,
    GroupTable,
    MeasureRow,
    MeasureTable,
    Report,
)
from csc_warehouse.reporting.report.formats.paper import Grid, Heading, Listed, Paper, Part, Picture, Slot, Text
from csc_warehouse.texts import Texts

NONE = NOTHING.display


def laid(report: Report) -> Paper:
    """Return the report as paper shows it: the answer first, then chapters, eight quarters, revisions, how to read."""
    about = f"{report.prefix}{report.period} release {report.release_id} {report.texts.language}"
    return Paper(
        title=title(report),
        texts=report.texts,
        made=report.made_at,
        author=report.authority_name,
        name=f"{report.authority_code} {about}",
        parts=tuple(_parts(report)),
    )


def title(report: Report) -> str:
    """Return what the report is called."""
    period = report.texts.period(report.period)
    return report.texts("heading", authority=report.authority_name, about=report.about, period=period)


def front(report: Report) -> Iterator[Text]:
    """Yield what stands at its head: the day, the release, who signed it, and what it carries."""
    texts = report.texts
    yield Text(texts("head.as_at", day=texts.day(report.as_at_date), release=str(report.release_id)))
    if not report.is_ended:
        yield Text(texts("head.not_ended"))
    for signature in report.signatures:
        accounts, day = texts.translated(signature.accounts), texts.day(signature.signed_at.date())
        says = texts("file.signed_on", accounts=accounts, day=day)
        # apart, so that it says its own language
        note = texts.translated(signature.note)
        yield Text(says, lead=texts("head.signed_by", person=signature.signed_by), more=(note,))
    if not report.signatures:
        yield Text(texts("head.working_copy"))
    if report.verdict == "caveats":
        yield Text(texts.translated(report.reason), lead=texts("chapter.caveats"))
    if texts.is_draft:
        yield Text(texts("page.draft"), kind="note")


def heading(block: AnyBlock, texts: Texts) -> str:
    """Return number and title of a table or figure, and of a cross table its period, of a drawing its trend."""
    says = f"{block.head.number}. {block.head.title}" if block.head.number else block.head.title
    if isinstance(block, CrossTable):
        return texts("table.heading", title=says, period=block.period)
    return texts("table.titled", title=says, says=block.trend) if isinstance(block, Chart) and block.trend else says


def reading(report: Report) -> Iterator[Text]:
    """Yield how the report is read: its marks, its colours, its arrows and tests, its grades."""
    texts = report.texts
    for mark, meaning in MARKS.items():
        yield Text(texts("reading.mark", mark=mark, meaning=texts(f"mark.{meaning}")))
    yield Text(texts("reading.target"))
    yield Text(texts("reading.arrows"))
    for kind in words.KINDS:
        yield Text(texts("reading.test", kind=texts(f"test.kind.{kind}"), says=texts(f"test.says.{kind}")))
    yield Text(texts("reading.no_test"))
    yield Text(texts("file.terms"))
    grades = ", ".join(f"{letter} {texts(f'grade.{letter}')}" for letter in words.GRADES)
    yield Text(f"{texts('reading.grades')} {grades}.")


def made_from(report: Report) -> str:
    """Return what a report was made from, by which code, and where that can be read."""
    texts, origin = report.texts, report.origin
    said = [texts("foot.release", release=str(report.release_id), profile=texts(f"foot.profile.{PROFILE}"))]
    said.append(texts("page.made_by", version=origin.version))
    if origin.address:
        said.append(f"{texts('page.code_at')} {origin.address}.")
    return " ".join(said)


def _parts(report: Report) -> Iterator[Part]:
    texts = report.texts
    yield Heading(1, title(report), "title")
    yield from front(report)
    yield Heading(2, texts("chapter.answer"), "answer")
    yield Listed([Text(line.says, lead=f"{line.about}:") for line in report.answer])
    for chapter in report.chapters:
        yield from _chapter(chapter, texts)
    yield Heading(2, texts("chapter.trends"), "trends")
    yield Text(texts("chapter.trends_intro"))
    for table in trends(report):
        yield Heading(3, table.title, f"{table.key}-heading")
        yield table
    yield Heading(2, texts("chapter.revisions"), "revisions")
    if report.revisions:
        yield revisions(report)
    else:
        yield Text(texts(f"chapter.none_{'revised' if report.signatures else 'differs'}"))
    yield Heading(2, texts("chapter.reading"), "reading")
    yield Listed(list(reading(report)))
    yield Text(made_from(report), kind="note")


def _chapter(chapter: Chapter, texts: Texts) -> Iterator[Part]:
    yield Heading(2, chapter.title, chapter.key)
    yield from (Text(text) for text in chapter.text)
    if chapter.note:
        language = chapter.note.language
        yield from (Text(texts.part(text, language), kind="author") for text in chapter.note.paragraphs)
        yield Text(f"{chapter.note.by}, {texts.day(chapter.note.on)}", kind="note")
    for block in chapter.blocks:
        yield Heading(3, heading(block, texts), f"{block.head.key}-heading")
        if isinstance(block, Chart):
            yield from _pictures(block, texts)
        yield from (Text(note, kind="note") for note in block.head.notes)
        if isinstance(block, Chart):
            yield from (Text(note, kind="note") for note in block.notes)
        for place, grid in enumerate(grids(block, texts)):
            if place:
                yield Heading(4, grid.title, f"{grid.key}-heading")
            yield grid
        if isinstance(block, MeasureTable):
            noted = [Text(row.notes[0], f"{row.title}:", more=row.notes[1:]) for row in block.rows if row.notes]
            if noted:
                yield Listed(noted)


def _pictures(block: Chart, texts: Texts) -> Iterator[Picture]:
    for place, (called, drawing) in enumerate(block.drawings):
        says = f"{called or heading(block, texts)}. {texts('file.figures_below')}"
        yield Picture(f"{block.head.key}-{place}", called, drawing, says, len(block.drawings) > 1)


def grids(block: AnyBlock, texts: Texts) -> list[Grid]:
    """Return the tables of a block: of measures one of the figures, and one of what they are held against."""
    if isinstance(block, MeasureTable):
        return [_figures(block, texts), *_beside(block, texts)]
    if isinstance(block, GroupTable):
        return [_groups(block, texts)]
    return [_cross(block, texts) if isinstance(block, CrossTable) else _data(block, texts)]


def trends(report: Report) -> list[Grid]:
    """Return the table of eight quarters of each table of measures."""
    texts = report.texts
    return [
        Grid(
            f"{block.head.key}-trend",
            heading(block, texts),
            (texts("table.measure"), *block.trend_periods),
            [(Slot(row.title), *map(_slot, row.trend)) for row in block.rows],
        )
        for chapter in report.chapters
        for block in chapter.blocks
        if isinstance(block, MeasureTable) and block.trend_periods
    ]


def revisions(report: Report) -> Grid:
    """Return the table of figures that were signed as others."""
    texts = report.texts
    is_dated = any(row.on for row in report.revisions)
    keys = ("measure", "period", "signed_before", "now", "reason", *(("revised_on",) if is_dated else ()))
    columns = [texts(f"table.{key}") for key in keys]
    rows = [
        (
            Slot(row.title),
            Slot(texts.period(row.period)),
            Slot(row.before or NONE),
            Slot(row.now),
            Slot(texts.translated(row.reason) if row.reason else texts("table.reason_waits")),
            *((Slot(texts.day(row.on) if row.on else NONE),) if is_dated else ()),
        )
        for row in report.revisions
    ]
    return Grid("revisions-table", texts("chapter.revisions"), columns, rows, frozenset({1, 4}))


def unit(row: MeasureRow, texts: Texts) -> str:
    """Return the unit of a measure in words; empty where its figures say it."""
    if row.unit:
        return texts("table.unit_at_end", unit=row.unit) if row.is_at_end else row.unit
    return texts("table.at_end") if row.is_at_end else ""


def rated(row: MeasureRow, texts: Texts) -> str:
    """Return the rating of a measure in words, its colour beside it; empty without one."""
    if not row.rating:
        return ""
    return texts("table.rated", rating=row.rating, colour=texts(f"colour.{row.rating_class}"))


def _figures(block: MeasureTable, texts: Texts) -> Grid:
    columns = [texts("table.measure"), *block.periods, block.period]
    if block.has_year_before:
        columns.append(texts("table.year_before", period=block.year_before))
    if block.has_targets:
        columns.append(texts("table.target"))
    rows = []
    for row in block.rows:
        under = unit(row, texts)
        called = f"{row.title} ({row.shown_code})" if row.shown_code else row.title
        slots = [Slot(called, (under,) if under else ()), *map(_slot, row.within), _slot(row.now)]
        if block.has_year_before:
            before = _slot(row.year_before)
            since = texts("table.since_year_before", apart=row.since_year_before) if row.since_year_before else ""
            slots.append(Slot(before.says, [*before.under, since] if since else before.under))
        if block.has_targets:
            rating = rated(row, texts)
            slots.append(Slot(row.target or NONE, (rating,) if rating else (), row.rating_class))
        rows.append(slots)
    wide = frozenset({len(columns) - 1} if block.has_targets else ())
    return Grid(block.head.key, heading(block, texts), columns, rows, wide)


def _beside(block: MeasureTable, texts: Texts) -> Iterator[Grid]:
    """Yield what the figures are held against; nothing where none has anything."""
    columns = [texts("table.measure")]
    columns += [texts("table.change")] if block.has_changes else []
    columns += [texts("table.elsewhere")] if block.has_elsewhere else []
    if any(row.grade for row in block.rows):
        columns.append(texts("table.grade"))
    if len(columns) == 1:
        return
    rows = []
    for row in block.rows:
        slots = [Slot(row.title)]
        if block.has_changes:
            moved = f"{row.change.arrow} {row.change.word}".strip()
            under = (row.change.sentence,) if row.change.sentence else ()
            slots.append(Slot(moved or NONE, under, row.change.judged))
        if block.has_elsewhere:
            slots.append(Slot(row.elsewhere[0], row.elsewhere[1:]) if row.elsewhere else Slot(NONE))
        if texts("table.grade") in columns:
            slots.append(Slot(f"{row.grade}: {row.grade_words}" if row.grade else NONE))
        rows.append(slots)
    title = texts("file.beside", title=heading(block, texts))
    yield Grid(f"{block.head.key}-beside", title, columns, rows, frozenset(range(1, len(columns))))


def _groups(block: GroupTable, texts: Texts) -> Grid:
    called = block.unit or block.measure
    return Grid(
        block.head.key,
        heading(block, texts),
        (texts.capitalised(called), *block.periods),
        [
            *((Slot(name), *map(_slot, cells)) for part in block.parts for name, cells in part),
            (Slot(texts("table.all_of", measure=block.measure)), *map(_slot, block.whole)),
        ],
        has_total=True,
    )


def _cross(block: CrossTable, texts: Texts) -> Grid:
    rows: list[Sequence[Slot]] = [(Slot(name), *map(_slot, cells), _slot(total)) for name, cells, total in block.rows]
    rows.append((Slot(texts("table.all")), *map(_slot, block.totals), _slot(block.whole)))
    columns = (block.measure, *block.columns, texts("table.together"))
    return Grid(block.head.key, heading(block, texts), columns, rows, has_total=True)


def _data(block: Chart, texts: Texts) -> Grid:
    rows = [(Slot(name), *map(_slot, cells)) for name, cells in block.data]
    return Grid(block.head.key, heading(block, texts), (texts("drawing.data"), *block.periods), rows)


def _slot(cell: Cell) -> Slot:
    return Slot(str(cell), (cell.terms,) if cell.terms else ())
