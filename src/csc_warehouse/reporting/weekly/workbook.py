"""The pack as spreadsheets that a screen reader can follow and that no cell can turn into a formula."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from csc_warehouse.reporting.spreadsheets import FORMULA_SIGNS, visible
from csc_warehouse.reporting.weekly import pages
from csc_warehouse.reporting.weekly.pack import Load, Pack, Scope, Work
from csc_warehouse.reporting.weekly.words import IN_ENGLISH, Spoken, clocks
from csc_warehouse.texts import Texts

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | float | datetime.date | None
_STATES = {"new": "state.new_this_week", "done": "state.done_this_week", "late": "state.late_since"}


def counts_workbook(pack: Pack, scope: Scope, texts: Texts = IN_ENGLISH) -> bytes:
    """Return the spreadsheet of a level of management: counts by clock and team, reasons, and who holds how much."""
    spoken = Spoken(texts)
    soon, following = pack.windows.soon, pack.windows.next
    columns = [
        (texts("column.service"), 34), (texts("column.team"), 34), (texts("column.clock"), 38),
        (texts("column.open"), 9), (texts("column.late"), 9), (texts("column.due_soon", days=soon), 14),
        (texts("column.due_next", first=soon + 1, last=following), 14), (texts("column.open_before"), 12),
        (texts("column.done_of_these"), 12), (texts("column.came"), 9), (texts("column.became_late"), 12),
        (texts("column.longest"), 13), (texts("column.in_time"), 10), (texts("column.counted"), 10),
        (texts("column.in_time_percent"), 10),
    ]  # fmt: skip
    rows: list[Sequence[Value]] = []
    for team in scope.teams:
        alone = Scope("team", team.name, "", (team,))
        for clock in pages.clocks_of(pack, alone, spoken):
            share = next((found.share for found in clock.shares if not found.indicator.is_of_the_day), None)
            if not clock.counts.is_anything and not (share and share.denominator):
                continue
            counts = clock.counts
            percent = share.percent if share else None
            rows.append((
                spoken.service(team), spoken.team(team), clock.title, counts.open_now, counts.late, counts.due_soon,
                counts.due_next, counts.open_before, counts.done, counts.came, counts.became_late,
                counts.longest_working_days, share.numerator if share else None, share.denominator if share else None,
                None if percent is None else float(percent),
            ))  # fmt: skip
    book = _book(
        texts("title", authority=spoken.authority(pack), name=spoken.called(scope), day=spoken.day(pack.as_at)),
        [
            f"{spoken.days_of(pack)} {spoken.origin_of(pack)}",
            texts("file.counts"),
            texts("file.so_far", period=spoken.period(pack)),
            *spoken.rules(),
            *spoken.made(pack),
        ],
        pack,
        texts,
    )
    _table(book, "Clocks", texts("file.clocks"), columns, rows)
    reasons = [(spoken.reason(reason), late) for reason, late in pack.reasons_of(scope.teams)]
    headings = [(texts("column.reason"), 60), (texts("column.late_and_open"), 14)]
    _table(book, "LateAssessments", texts("file.late"), headings, reasons)
    held = [
        (load.team, load.workers, load.plans, load.assessments, load.late_assessments, load.most, load.of_nobody)
        for load in pages.loads_of(pack, scope, spoken)
    ]
    _table(
        book,
        "WhoHoldsWhat",
        texts("file.held"),
        [
            (texts("column.team"), 34), (texts("column.workers"), 10), (texts("column.open_plans"), 12),
            (texts("column.open_assessments"), 14), (texts("column.of_these_late"), 12),
            (texts("column.most_of_one"), 14), (texts("column.of_nobody"), 14),
        ],
        held,
    )  # fmt: skip
    return _bytes(book)


def list_workbook(
    pack: Pack, scope: Scope, works: Sequence[Work], loads: Sequence[Load], texts: Texts = IN_ENGLISH
) -> bytes:
    """Return the spreadsheet of a team's records, with the sources' own ids: for the restricted area."""
    spoken = Spoken(texts)
    has_names = any(work.name for work in works)
    columns = [
        ("clock", 38), ("system", 10), ("record", 40), ("child", 40), *([("name", 34)] if has_names else []),
        ("worker", 14), ("began", 13), ("due", 13), ("due_at", 18), ("done", 13), ("working_days_used", 12),
        ("working_days_left", 12), ("state", 10), ("since_last_week", 20), ("reason", 34),
    ]  # fmt: skip
    order = list(clocks())
    rows = [
        (
            spoken.clock(work.clock),
            "" if work.is_restricted else work.system,
            texts("of.restricted") if work.is_restricted else work.record_id,
            pages.child_of(work),
            *((pages.name_of(work),) if has_names else ()),
            spoken.worker(work.worker),
            work.started,
            work.due,
            spoken.due(work) if work.due_at is not None else "",
            work.done,
            work.working_days_used,
            work.working_days_left,
            texts("state.late" if work.is_late else "state.open" if work.is_open else "state.done"),
            texts(_STATES[work.change]) if work.change else "",
            work.delay_reason,
        )
        for work in sorted(works, key=lambda work: order.index(work.clock))
    ]
    book = _book(
        texts("list.title", name=spoken.called(scope), authority=spoken.authority(pack), day=spoken.day(pack.as_at)),
        [
            f"{spoken.days_of(pack)} {spoken.origin_of(pack)}",
            texts("file.restricted"),
            *([texts("head.names")] if has_names else []),
            texts("file.of_restricted"),
            *spoken.rules(),
            *spoken.made(pack),
        ],
        pack,
        texts,
    )
    _table(book, "Work", texts("file.work"), [(texts(f"column.{name}"), width) for name, width in columns], rows)
    held = [
        (spoken.worker(load.worker), load.children, load.plans, load.assessments, load.late_assessments)
        for load in loads
    ]
    of_worker = [
        ("worker", 20), ("children", 10), ("open_plans", 12), ("open_assessments", 14), ("of_these_late", 12),
    ]  # fmt: skip
    headings = [(texts(f"column.{name}"), width) for name, width in of_worker]
    _table(book, "WhoHoldsWhat", texts("file.held"), headings, held)
    return _bytes(book)


def _book(title: str, about: Sequence[str], pack: Pack, texts: Texts) -> Workbook:
    """Return a workbook with a first sheet that says what it is."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    book.properties.title = title
    book.properties.creator = "csc-warehouse"
    book.properties.version = pack.origin.version
    book.properties.language = texts.tag
    sheet = book.worksheets[0]
    sheet.title = texts("file.about")
    for number, line in enumerate((title, *about), start=1):
        _fill(sheet, number, [line])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = 110
    for (cell,) in sheet.iter_rows():
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return book


def _table(
    book: Workbook, name: str, title: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Value]]
) -> None:
    """Add a sheet with one table, its header frozen and printed on every page; no merged cells, no empty rows.

    name: of the table, in letters that formulas allow, whatever the language of the sheet.
    """
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.table import Table, TableStyleInfo

    sheet = book.create_sheet(title)
    _fill(sheet, 1, [heading for heading, _ in columns])
    last = 1
    for last, row in enumerate(rows, start=2):
        _fill(sheet, last, row)
    for position, (_, width) in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = width
        sheet.cell(1, position).font = Font(bold=True)
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    if last > 1:
        table = Table(displayName=name, ref=f"A1:{get_column_letter(len(columns))}{last}")
        table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
        sheet.add_table(table)


def _fill(sheet: Worksheet, row: int, values: Sequence[Value]) -> None:
    """Write one row; text is marked as text, so that nothing in it is ever calculated."""
    for column, value in enumerate(values, start=1):
        if value is None or value == "":
            continue
        cell = sheet.cell(row, column)
        if isinstance(value, str):
            text = visible(value)
            cell.value = text
            cell.data_type = "s"
            cell.quotePrefix = text.lstrip()[:1] in FORMULA_SIGNS
        else:
            cell.value = value
            if isinstance(value, datetime.date):
                cell.number_format = "dd/mm/yyyy"


def _bytes(book: Workbook) -> bytes:
    book.active = 0
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
