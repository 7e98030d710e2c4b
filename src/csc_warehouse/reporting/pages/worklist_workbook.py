"""The worklist as a spreadsheet that a screen reader can follow and that no cell can turn into a formula."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from csc_warehouse.reporting.pages.render import british
from csc_warehouse.reporting.pages.worklist import Worklist
from csc_warehouse.reporting.spreadsheets import FORMULA_SIGNS, visible

if TYPE_CHECKING:
    from openpyxl.cell import Cell

COLUMNS: tuple[tuple[str, int], ...] = (
    ("Team", 18),
    ("Worker", 18),
    ("First", 8),
    ("What must hold", 52),
    ("Field to change", 34),
    ("Where", 40),
    ("System", 10),
    ("Record", 40),
    ("Child", 40),
    ("First seen", 13),
    ("Nights open", 12),
    ("Rule", 10),
    ("Explained by", 34),
)
"""Headings and widths of the list."""


def workbook(worklist: Worklist) -> bytes:
    """Return the file: a sheet that says what it is, and one table of corrections with its header frozen.

    No merged cells and no empty rows; text stays text, whatever it begins with.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.table import Table, TableStyleInfo

    book = Workbook()
    book.properties.title = f"Worklist of {worklist.authority_name}, {british(worklist.as_at_date)}"
    book.properties.creator = "csc-warehouse"
    book.properties.version = worklist.origin.version
    book.properties.language = "en-GB"
    about = book.worksheets[0]
    about.title = "About"
    _fill(about.cell, 1, [book.properties.title])
    about["A1"].font = Font(bold=True, size=14)
    for number, line in enumerate(_about(worklist), start=2):
        _fill(about.cell, number, [line])
    about.column_dimensions["A"].width = 110
    for (cell,) in about.iter_rows():
        cell.alignment = Alignment(wrap_text=True, vertical="top")

    sheet = book.create_sheet("Corrections")
    _fill(sheet.cell, 1, [heading for heading, _ in COLUMNS])
    items = [*worklist.to_mend, *(item for item in worklist.items if item.explained)]
    for number, item in enumerate(items, start=2):
        _fill(
            sheet.cell,
            number,
            [
                item.team,
                item.worker,
                "Yes" if item.is_first else "No",
                item.sentence,
                item.field,
                item.place,
                item.system,
                item.record_id,
                item.child_id,
                item.first_seen,
                item.nights_open,
                item.reference,
                item.explained,
            ],
        )
    for position, (_, width) in enumerate(COLUMNS, start=1):
        letter = get_column_letter(position)
        sheet.column_dimensions[letter].width = width
        sheet.cell(1, position).font = Font(bold=True)
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    if items:
        table = Table(displayName="Corrections", ref=f"A1:{get_column_letter(len(COLUMNS))}{len(items) + 1}")
        table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
        sheet.add_table(table)
    book.active = 0
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _about(worklist: Worklist) -> list[str]:
    return [
        f"As at the end of {british(worklist.as_at_date)}: {len(worklist.to_mend):,} corrections to make.",
        "The sheet Corrections holds one row for each record and each rule that it breaks.",
        "First: Yes marks what a published figure carries a caveat for, or could. Mend these before the others.",
        "A corrected record leaves the list by itself the night after.",
        "Restricted: this file leads to children's records. Keep it where only those who mend them can read it.",
        f"Made by {worklist.origin}.",
    ]


def _fill(cell: _CellMaker, row: int, values: Sequence[str | int | datetime.date]) -> None:
    """Write one row; text is marked as text, so that nothing in it is ever calculated."""
    for column, value in enumerate(values, start=1):
        if value == "":
            continue
        made = cell(row, column)
        if isinstance(value, str):
            text = visible(value)
            made.value = text
            made.data_type = "s"
            made.quotePrefix = text.lstrip()[:1] in FORMULA_SIGNS
        else:
            made.value = value
            if isinstance(value, datetime.date):
                made.number_format = "dd/mm/yyyy"


if TYPE_CHECKING:
    from typing import Protocol

    class _CellMaker(Protocol):
        def __call__(self, row: int, column: int) -> Cell: ...
