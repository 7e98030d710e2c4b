"""The report as one run of parts: what its page shows, in an order and in widths that paper takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from csc_warehouse.reporting.pages.render import british
from csc_warehouse.reporting.report import words
from csc_warehouse.reporting.report.blocks import (
    MARKS,
    NOTHING,
    AnyBlock,
    Cell,
    Chapter,
    Chart,
    CrossTable,
    GroupTable,
    MeasureTable,
    Report,
)
from csc_warehouse.reporting.report.formats.labels import label
from csc_warehouse.reporting.report.formats.paper import Grid, Heading, Listed, Paper, Part, Picture, Slot, Text

NONE = NOTHING.display


def laid(report: Report) -> Paper:
    """Return the report as paper shows it: the answer first, then chapters, eight quarters, revisions, how to read."""
    return Paper(
        title=title(report),
        language=report.language,
        made=report.made_at,
        author=report.authority_name,
        name=f"{report.authority_code} {report.period} release {report.release_id} {report.language}",
        parts=tuple(_parts(report)),
    )


def title(report: Report) -> str:
    """Return what the report is called."""
    return label("title", report.language, authority=report.authority_name, period=report.period)


def front(report: Report) -> Iterator[Text]:
    """Yield what stands at its head: the day, the release, who signed it, and what it carries."""
    said = report.language
    yield Text(label("as_at", said, day=british(report.as_at_date), release=report.release_id))
    if not report.is_ended:
        yield Text(label("not_ended", said))
    for signature in report.signatures:
        yield Text(
            label("signature", said, accounts=signature.accounts, day=british(signature.signed_at.date()))
            + f" “{signature.note}”. {label('frozen', said)}",
            lead=label("signed_by", said, who=signature.signed_by),
        )
    if not report.signatures:
        yield Text(label("unsigned", said))
    if report.verdict == "caveats":
        yield Text(report.reason, lead=label("caveats", said))


def heading(block: AnyBlock) -> str:
    """Return number and title of a table or figure, and of a cross table its period, of a drawing its trend."""
    says = f"{block.head.number}. {block.head.title}" if block.head.number else block.head.title
    if isinstance(block, CrossTable):
        return f"{says}, {block.period}"
    return f"{says}: {block.trend}" if isinstance(block, Chart) and block.trend else says


def reading(report: Report) -> Iterator[Text]:
    """Yield how the report is read: its marks, its colours, its arrows and tests, its grades."""
    said = report.language
    for mark, meaning in MARKS.items():
        yield Text(f"{meaning}.", lead=f"{mark}:")
    yield Text(label("reading_target", said))
    yield Text(label("reading_arrows", said))
    for kind, meaning in words.TESTS.items():
        yield Text(meaning, lead=f"{label(f'test_{kind}', said)}:")
    yield Text(label("reading_hidden", said))
    yield Text(label("reading_terms", said))
    grades = ", ".join(f"{letter} {meaning}" for letter, meaning in words.GRADES.items())
    yield Text(f"{grades}.", lead=label("reading_grade", said))


def _parts(report: Report) -> Iterator[Part]:
    said = report.language
    yield Heading(1, title(report), "title")
    yield from front(report)
    yield Heading(2, label("in_short", said), "answer")
    yield Listed([Text(line.says, lead=f"{line.about}:") for line in report.answer])
    for chapter in report.chapters:
        yield from _chapter(chapter, said)
    yield Heading(2, label("trends", said), "trends")
    yield Text(label("trends_say", said))
    for table in trends(report):
        yield Heading(3, table.title, f"{table.key}-heading")
        yield table
    yield Heading(2, label("revisions", said), "revisions")
    if report.revisions:
        yield revisions(report)
    else:
        yield Text(label("not_revised" if report.signatures else "not_yet_revised", said))
    yield Heading(2, label("reading", said), "reading")
    yield Listed(list(reading(report)))
    yield Text(label("made_from", said, release=report.release_id, origin=report.origin), kind="note")


def _chapter(chapter: Chapter, said: str) -> Iterator[Part]:
    yield Heading(2, chapter.title, chapter.key)
    yield from (Text(text) for text in chapter.text)
    if chapter.note:
        yield from (Text(text, kind="author") for text in chapter.note.paragraphs)
        yield Text(f"{chapter.note.by}, {british(chapter.note.on)}", kind="note")
    for block in chapter.blocks:
        yield Heading(3, heading(block), f"{block.head.key}-heading")
        if isinstance(block, Chart):
            is_small = len(block.drawings) > 1
            yield from (
                Picture(
                    f"{block.head.key}-{place}",
                    called,
                    drawing,
                    f"{called or heading(block)}. {label('figures_below', said)}",
                    is_small,
                )
                for place, (called, drawing) in enumerate(block.drawings)
            )
        yield from (Text(note, kind="note") for note in block.head.notes)
        if isinstance(block, Chart):
            yield from (Text(note, kind="note") for note in block.notes)
        for place, grid in enumerate(grids(block, said)):
            if place:
                yield Heading(4, grid.title, f"{grid.key}-heading")
            yield grid
        if isinstance(block, MeasureTable):
            noted = [Text(" ".join(row.notes), lead=f"{row.title}:") for row in block.rows if row.notes]
            if noted:
                yield Listed(noted)


def grids(block: AnyBlock, said: str) -> list[Grid]:
    """Return the tables of a block: of measures one of the figures, and one of what they are held against."""
    if isinstance(block, MeasureTable):
        return [_figures(block, said), *_beside(block, said)]
    if isinstance(block, GroupTable):
        return [_groups(block, said)]
    return [_cross(block, said) if isinstance(block, CrossTable) else _data(block, said)]


def trends(report: Report) -> list[Grid]:
    """Return the table of eight quarters of each table of measures."""
    return [
        Grid(
            f"{block.head.key}-trend",
            heading(block),
            (label("measure", report.language), *block.trend_periods),
            [(Slot(row.title), *map(_slot, row.trend)) for row in block.rows],
        )
        for chapter in report.chapters
        for block in chapter.blocks
        if isinstance(block, MeasureTable) and block.trend_periods
    ]


def revisions(report: Report) -> Grid:
    """Return the table of figures that were signed as others."""
    said = report.language
    columns = tuple(label(key, said) for key in ("measure", "period", "before", "now", "why"))
    rows = [
        (
            Slot(row.title),
            Slot(row.period),
            Slot(row.before or NONE),
            Slot(row.now),
            Slot(row.reason or label("to_be_given", said)),
        )
        for row in report.revisions
    ]
    return Grid("revisions-table", label("revisions", said), columns, rows, frozenset({1, 4}))


def unit(row_unit: str, *, is_at_end: bool, said: str) -> str:
    """Return the unit of a measure in words; empty where its figures say it."""
    if row_unit:
        return f"{row_unit}, {label('at_end', said)}" if is_at_end else row_unit
    return label("at_end_of_each", said) if is_at_end else ""


def _figures(block: MeasureTable, said: str) -> Grid:
    columns = [label("measure", said), *block.periods, block.period]
    if block.has_year_before:
        columns.append(label("year_before", said, period=block.year_before))
    if block.has_targets:
        columns.append(label("target", said))
    rows = []
    for row in block.rows:
        under = unit(row.unit, is_at_end=row.is_at_end, said=said)
        called = f"{row.title} ({row.shown_code})" if row.shown_code else row.title
        slots = [Slot(called, (under,) if under else ()), *map(_slot, row.within), _slot(row.now)]
        if block.has_year_before:
            before = _slot(row.year_before)
            since = label("since", said, apart=row.since_year_before) if row.since_year_before else ""
            slots.append(Slot(before.says, [*before.under, since] if since else before.under))
        if block.has_targets:
            rated = f"{row.rating} ({row.rating_class})" if row.rating else ""
            slots.append(Slot(row.target or NONE, (rated,) if rated else (), row.rating_class))
        rows.append(slots)
    wide = frozenset({len(columns) - 1} if block.has_targets else ())
    return Grid(block.head.key, heading(block), columns, rows, wide)


def _beside(block: MeasureTable, said: str) -> Iterator[Grid]:
    """Yield what the figures are held against; nothing where none has anything."""
    columns = [label("measure", said)]
    columns += [label("change", said)] if block.has_changes else []
    columns += [label("elsewhere", said)] if block.has_elsewhere else []
    if any(row.grade for row in block.rows):
        columns.append(label("grade", said))
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
        if label("grade", said) in columns:
            slots.append(Slot(f"{row.grade}: {row.grade_words}" if row.grade else NONE))
        rows.append(slots)
    title = label("beside", said, title=heading(block))
    yield Grid(f"{block.head.key}-beside", title, columns, rows, frozenset(range(1, len(columns))))


def _groups(block: GroupTable, said: str) -> Grid:
    called = block.unit or block.measure
    return Grid(
        block.head.key,
        heading(block),
        (called[:1].upper() + called[1:], *block.periods),
        [
            *((Slot(name), *map(_slot, cells)) for part in block.parts for name, cells in part),
            (Slot(label("all_of", said, measure=block.measure)), *map(_slot, block.whole)),
        ],
        has_total=True,
    )


def _cross(block: CrossTable, said: str) -> Grid:
    rows: list[Sequence[Slot]] = [(Slot(name), *map(_slot, cells), _slot(total)) for name, cells, total in block.rows]
    rows.append((Slot(label("all", said)), *map(_slot, block.totals), _slot(block.whole)))
    columns = (block.measure, *block.columns, label("together", said))
    return Grid(block.head.key, heading(block), columns, rows, has_total=True)


def _data(block: Chart, said: str) -> Grid:
    rows = [(Slot(name), *map(_slot, cells)) for name, cells in block.data]
    return Grid(block.head.key, heading(block), (label("data", said), *block.periods), rows)


def _slot(cell: Cell) -> Slot:
    return Slot(str(cell), (cell.terms,) if cell.terms else ())
