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

from csc_warehouse.reporting import committee
from csc_warehouse.reporting.report.blocks import NOTHING, Report
from csc_warehouse.reporting.report.formats import laying
from csc_warehouse.reporting.report.formats.paper import Grid, Paper
from tests.support import report_page

Rows = list[tuple[str, dict[str, str]]]
"""What each row is about, and its cells by heading."""
_NOTED = re.compile(r"( \[\w+ \d+\])+$")
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
    return {_NOTED.sub("", str(sheet["A1"].value)): _rows(sheet) for sheet in book.worksheets if sheet.tables}


def _rows(sheet: Worksheet) -> Rows:
    (table,) = sheet.tables.values()
    headings, *lines = [list(row) for row in sheet[table.ref]]
    return [
        (
            _NOTED.sub("", str(line[0].value)),
            {
                str(heading.value): displayed(cell.value, cell.number_format)
                for heading, cell in zip(headings, line, strict=True)
            },
        )
        for line in lines
    ]


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


def assert_workbook_is_of_page(content: bytes, report: Report) -> int:
    """Hold every figure of the page against the workbook, and return how many there were."""
    page, found = report_page.read(committee.as_page(report)), tables(content)
    blocks = [block for chapter in report.chapters for block in chapter.blocks]
    titles = {block.head.key: laying.heading(block, report.texts) for block in blocks}
    titles |= {grid.key: report.texts("file.trend_of", title=grid.title) for grid in laying.trends(report)}
    none = report.texts("workbook.none")
    compared = 0
    for key, title in titles.items():
        for row, (name, shown) in zip(page.rows(key), found[title], strict=True):
            assert name == row.name, key
            for cell in row.cells:
                headings = (cell.label, report.texts("table.year_before", period=cell.label))
                for heading in headings:
                    if heading in shown and cell.label not in _worded(report):
                        compared += 1
                        assert shown[heading] == (none if cell.text == NOTHING.display else cell.text), (key, name)
    return compared


def _worded(report: Report) -> set[str]:
    """Return the headings of what is no figure."""
    return {report.texts(f"table.{key}") for key in ("change", "target", "grade", "elsewhere_short")}


def assert_paper_is_of_page(report: Report) -> int:
    """Hold every figure of the page against the parts for paper, and return how many there were."""
    page = report_page.read(committee.as_page(report))
    models = {grid.key: grid for grid in grids(laying.laid(report))}
    compared = 0
    for key in page.tables:
        if key == "revisions":
            continue
        for row, slots in zip(page.rows(key), models[key].rows, strict=True):
            assert slots[0].says.startswith(row.name), key
            for cell in row.cells:
                places = [at for at, heading in enumerate(models[key].columns) if heading.endswith(cell.label)]
                if places and cell.label:
                    compared += 1
                    slot = slots[places[-1]]
                    assert cell.text.startswith(slot.says), (key, row.name, cell.label)
                    assert [" ".join(line.split()) for line in cell.terms] == [*slot.under][: len(cell.terms)]
    return compared


def assert_document_is_of_paper(content: bytes, paper: Paper) -> None:
    """Hold every cell of every table of a document against the parts for paper."""
    models = list(grids(paper))
    for table, grid in zip(word_tables(content), models, strict=True):
        assert [cell[0] for cell in table[0]] == list(grid.columns)
        assert table[1:] == [[[slot.says, *slot.under] for slot in row] for row in grid.rows]


def assert_pdf_is_of_paper(content: bytes, paper: Paper) -> None:
    """Hold every row of every table of a PDF against the parts for paper."""
    said = pdf_words(content)
    for grid in grids(paper):
        for row in grid.rows:
            assert " ".join(" ".join((slot.says, *slot.under)) for slot in row) in said, grid.key
