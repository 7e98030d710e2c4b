"""Workbooks as people and programs write them: with titles, notes, formulas and damage."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl

SHEET = "xl/worksheets/sheet1.xml"


def workbook(rows: list[list[Any]]) -> bytes:
    """Return a workbook; a text that begins with = is written as a formula that nothing has calculated."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def changed(content: bytes, change: Callable[[str], str], member: str = SHEET) -> bytes:
    """Return a workbook with the XML of a member changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            text = before.read(name)
            after.writestr(name, change(text.decode()) if name == member else text)
    return buffer.getvalue()


def with_value(content: bytes, cell: str, value: str, kind: str = "") -> bytes:
    """Return a workbook in which a formula's cell has a stored value, of a kind such as str or e."""
    said = f' t="{kind}"' if kind else ""

    def change(xml: str) -> str:
        found = re.sub(
            rf'<c r="{cell}"[^>]*>(<f[^>]*>.*?</f>|<f[^>]*/>)<v ?/?>(?:</v>)?</c>',
            rf'<c r="{cell}"{said}>\1<v>{value}</v></c>',
            xml,
        )
        assert found != xml
        return found

    return changed(content, change)


def with_cell(content: bytes, xml: str, row: int) -> bytes:
    """Return a workbook with one more row at the end, of this number and cells in XML."""
    return changed(content, lambda sheet: sheet.replace("</sheetData>", f'<row r="{row}">{xml}</row></sheetData>'))


def not_to_be_calculated(content: bytes) -> bytes:
    """Return a workbook that no longer says that everything is to be calculated when it is opened."""
    return changed(content, lambda xml: re.sub(r' fullCalcOnLoad="[^"]*"', "", xml), "xl/workbook.xml")
