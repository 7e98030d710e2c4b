"""The pack as spreadsheets that a screen reader can follow and that no cell can turn into a formula."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from csc_warehouse.reporting.pages.render import british
from csc_warehouse.reporting.spreadsheets import FORMULA_SIGNS, visible
from csc_warehouse.reporting.weekly import pages
from csc_warehouse.reporting.weekly.pack import Load, Pack, Scope, Work
from csc_warehouse.reporting.weekly.words import words

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | float | datetime.date | None
_STATES = {"new": "New this week", "done": "Done this week", "late": "Late since this week", "": ""}


def counts_workbook(pack: Pack, scope: Scope) -> bytes:
    """Return the spreadsheet of a level of management: counts by clock and team, reasons, and who holds how much."""
    soon, following = words().windows.soon, words().windows.next
    columns = [
        ("Service", 34), ("Team", 34), ("Clock", 38), ("Open", 9), ("Late", 9), (f"Due in {soon} working days", 14),
        (f"Due in {soon + 1} to {following}", 14), ("Open a week before", 12), ("Done of these", 12), ("Came", 9),
        ("Became late", 12), ("Longest, working days", 13), ("In time", 10), ("Counted", 10), ("In time, %", 10),
    ]  # fmt: skip
    rows: list[Sequence[Value]] = []
    for team in scope.teams:
        alone = Scope("team", team.name, "", (team,))
        for clock in pages.clocks_of(pack, alone):
            share = next((found.share for found in clock.shares if not found.indicator.is_of_the_day), None)
            if not clock.counts.is_anything and not (share and share.denominator):
                continue
            counts = clock.counts
            percent = share.percent if share else None
            rows.append((
                team.service, team.name, clock.title, counts.open_now, counts.late, counts.due_soon, counts.due_next,
                counts.open_before, counts.done, counts.came, counts.became_late, counts.longest_working_days,
                share.numerator if share else None, share.denominator if share else None,
                None if percent is None else float(percent),
            ))  # fmt: skip
    book = _book(
        f"Weekly pack of {pack.authority_name}: {scope.name}, {british(pack.as_at)}",
        [
            f"As at the end of {british(pack.as_at)}, beside the end of {british(pack.before)}."
            f" From release {pack.release_id}{'' if pack.is_published else ', which was not published'}.",
            "Counts for those who manage this work. Small numbers are not hidden: nothing of it goes into a report.",
            f"In time and Counted are of {pack.quarter}, so far.",
            *dict.fromkeys(pages.rule_of(code) for code in words().clocks),
            f"Made by {pack.origin}.",
        ],
        pack,
    )
    _table(book, "Clocks", columns, rows)
    _table(book, "Late assessments", [("Reason of the delay", 60), ("Late and open", 14)], pack.reasons_of(scope.teams))
    held = [
        (load.team, load.workers, load.plans, load.assessments, load.late_assessments, load.most, load.of_nobody)
        for load in pages.loads_of(pack, scope)
    ]
    _table(
        book,
        "Who holds what",
        [
            ("Team", 34), ("Workers", 10), ("Open plans", 12), ("Open assessments", 14), ("Of these late", 12),
            ("Most of one worker", 14), ("Without a worker", 14),
        ],
        held,
    )  # fmt: skip
    return _bytes(book)


def list_workbook(pack: Pack, scope: Scope, works: Sequence[Work], loads: Sequence[Load]) -> bytes:
    """Return the spreadsheet of a team's records, with the sources' own ids: for the restricted area."""
    columns = [
        ("Clock", 38), ("System", 10), ("Record", 40), ("Child", 40), ("Worker", 14), ("Began", 13), ("Due", 13),
        ("Due at", 18), ("Done", 13), ("Working days used", 12), ("Working days left", 12), ("State", 10),
        ("Since last week", 20), ("Reason of the delay", 34),
    ]  # fmt: skip
    order = list(words().clocks)
    rows = [
        (
            words().clock(work.clock),
            "" if work.is_restricted else work.system,
            words().says("restricted") if work.is_restricted else work.record_id,
            pages.child_of(work),
            work.worker,
            work.started,
            work.due,
            pages.due(work) if work.due_at is not None else "",
            work.done,
            work.working_days_used,
            work.working_days_left,
            "Late" if work.is_late else "Open" if work.is_open else "Done",
            _STATES[work.change],
            work.delay_reason,
        )
        for work in sorted(works, key=lambda work: order.index(work.clock))
    ]
    book = _book(
        f"Work of {scope.name}, {pack.authority_name}, {british(pack.as_at)}",
        [
            f"As at the end of {british(pack.as_at)}, beside the end of {british(pack.before)}."
            f" From release {pack.release_id}{'' if pack.is_published else ', which was not published'}.",
            "Restricted: this file leads to children's records. Keep it where only those who work with them read it.",
            "Of a child whose record is restricted no number stands here.",
            *dict.fromkeys(pages.rule_of(code) for code in words().clocks),
            f"Made by {pack.origin}.",
        ],
        pack,
    )
    _table(book, "Work", columns, rows)
    held = [(load.worker, load.children, load.plans, load.assessments, load.late_assessments) for load in loads]
    _table(
        book,
        "Who holds what",
        [("Worker", 20), ("Children", 10), ("Open plans", 12), ("Open assessments", 14), ("Of these late", 12)],
        held,
    )
    return _bytes(book)


def _book(title: str, about: Sequence[str], pack: Pack) -> Workbook:
    """Return a workbook with a first sheet that says what it is."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    book.properties.title = title
    book.properties.creator = "csc-warehouse"
    book.properties.version = pack.origin.version
    book.properties.language = "en-GB"
    sheet = book.worksheets[0]
    sheet.title = "About"
    for number, line in enumerate((title, *about), start=1):
        _fill(sheet, number, [line])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = 110
    for (cell,) in sheet.iter_rows():
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return book


def _table(book: Workbook, title: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Value]]) -> None:
    """Add a sheet with one table, its header frozen and printed on every page; no merged cells, no empty rows."""
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
        name = title.title().replace(" ", "")
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
