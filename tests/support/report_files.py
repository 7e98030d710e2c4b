"""The report's files as whoever opens them reads them: what a spreadsheet shows, a document's tables, a PDF's words."""

from __future__ import annotations

import importlib
import io
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import docx
import openpyxl
from docx.document import Document
from openpyxl.worksheet.worksheet import Worksheet

from csc_warehouse.reporting.report.formats.paper import Grid, Paper

Rows = dict[str, dict[str, str]]
"""By what the row is about, then by heading."""
_SECTION = re.compile(r'((?:"[^"]*"|[£\-])*)(#,##0|0)(\.0+)?(%)?((?:"[^"]*")*)')


def displayed(value: object, number_format: str) -> str:
    """Return what a spreadsheet shows of a cell."""
    if not isinstance(value, int | float):
        return str(value)
    sections = number_format.split(";")
    # the second section is that of numbers below nought, without their sign
    section = sections[1] if value < 0 and len(sections) > 1 else sections[0]
    found = _SECTION.fullmatch(section)
    assert found, number_format
    before, whole, places, share, after = found.groups()
    amount = abs(Decimal(repr(value))) * (100 if share else 1)
    amount = amount.quantize(Decimal(1).scaleb(-len(places[1:] if places else "")), rounding=ROUND_HALF_UP)
    digits = f"{amount:,}" if "," in whole else f"{amount}"
    sign = "-" if value < 0 and len(sections) == 1 else ""
    return f"{sign}{before}{digits}{share or ''}{after}".replace('"', "")


def tables(content: bytes) -> dict[str, Rows]:
    """Return the tables of a workbook by the titles of their sheets, each figure as it is shown."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {str(sheet["A1"].value): _rows(sheet) for sheet in book.worksheets if sheet.tables}


def _rows(sheet: Worksheet) -> Rows:
    (table,) = sheet.tables.values()
    headings, *lines = [list(row) for row in sheet[table.ref]]
    return {
        str(line[0].value): {
            str(heading.value): displayed(cell.value, cell.number_format)
            for heading, cell in zip(headings, line, strict=True)
        }
        for line in lines
    }


def grids(paper: Paper) -> Iterator[Grid]:
    """Yield the tables of a paper."""
    yield from (part for part in paper.parts if isinstance(part, Grid))


def opened_document(content: bytes) -> Document:
    """Return a document as its library opens it."""
    return docx.Document(io.BytesIO(content))


def opened_pdf(content: bytes) -> Any:
    """Return a PDF as a library opens it that tells no types."""
    return importlib.import_module("pymupdf").open(stream=content)


def word_tables(content: bytes) -> list[list[list[list[str]]]]:
    """Return the tables of a document: rows of cells of lines."""
    return [
        [[[line.text for line in cell.paragraphs] for cell in row.cells] for row in table.rows]
        for table in opened_document(content).tables
    ]


def pdf_words(content: bytes) -> str:
    """Return what a PDF says, in the order in which it is painted."""
    with opened_pdf(content) as made:
        return " ".join(" ".join(page.get_text("text", sort=False) for page in made).split())
