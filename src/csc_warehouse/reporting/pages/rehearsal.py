"""A rehearsed cut-over as a page, and as a spreadsheet with everything that the page cuts short."""

from __future__ import annotations

import io
from pathlib import Path

from csc_warehouse.errors import UsageError
from csc_warehouse.reporting.pages import render
from csc_warehouse.reporting.pages.render import british
from csc_warehouse.reporting.rehearsal import Rehearsal
from csc_warehouse.reporting.spreadsheets import FORMULA_SIGNS, visible
from csc_warehouse.settings import Config
from csc_warehouse.version import Origin, origin

PAGE, WORKBOOK = "rehearsal.html", "rehearsal.xlsx"
MOST_SHOWN = 200
"""Rows of a section on the page."""
_LONGEST_SHEET_NAME = 31


def write(out: Path, rehearsal: Rehearsal, config: Config) -> list[Path]:
    """Write page and spreadsheet into a folder, readable by their owner alone, and return their paths.

    Raises UsageError where they cannot be written.
    """
    made = origin(config)
    name = config.authorities[rehearsal.authority_code].name
    page = render.page(
        "rehearsal.html.j2", origin=made, rehearsal=rehearsal, authority_name=name, most_shown=MOST_SHOWN
    )
    try:
        return [
            render.write(out / PAGE, page, mode=render.PRIVATE),
            render.write(out / WORKBOOK, workbook(rehearsal, made), mode=render.PRIVATE),
        ]
    except OSError as error:
        raise UsageError(f"{out} cannot be written ({error.strerror}): name a folder of your own.") from error


def workbook(rehearsal: Rehearsal, made: Origin) -> bytes:
    """Return the spreadsheet: a sheet that says what it is, then one for each part, its header frozen."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.properties.title = f"Rehearsal of the cut-over to {rehearsal.title}, {british(rehearsal.day)}"
    book.properties.creator = "csc-warehouse"
    book.properties.language = "en-GB"
    about = book.worksheets[0]
    about.title = "About"
    restricted = "Restricted: this file leads to children's records."
    lines = [book.properties.title, *rehearsal.answer, restricted, f"Made by {made}."]
    for number, line in enumerate(lines, start=1):
        about.cell(number, 1, line)
    about["A1"].font = Font(bold=True, size=14)
    about.column_dimensions["A"].width = 110
    for part in rehearsal.parts:
        sheet = book.create_sheet(part.title[:_LONGEST_SHEET_NAME])
        for column, heading in enumerate(part.headings, start=1):
            sheet.cell(1, column, heading).font = Font(bold=True)
        for number, row in enumerate(part.rows, start=2):
            for column, value in enumerate(row, start=1):
                cell = sheet.cell(number, column)
                shown = visible(value)
                cell.value = shown
                # text stays text, whatever it begins with
                cell.data_type = "s"
                cell.quotePrefix = shown.lstrip()[:1] in FORMULA_SIGNS
        sheet.freeze_panes = "A2"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
