"""Corporate returns: a workbook's first sheet, or a CSV, titles above and notes below (deliveries.md 5 and 7)."""

from __future__ import annotations

import csv
import datetime
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from csc_warehouse.contracts.canonical import WHITESPACE
from csc_warehouse.landing.layout import extra_columns_notice, layout_of, missing_columns
from csc_warehouse.landing.reference import RowJudge, text_records
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.rows import Block, RowRules

MAXIMUM_BYTES = 256 * 1024**2
"""A return is a sheet that a person keeps; anything larger is not one."""

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,  # the parser's own error of XML
    struct.error,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What the library raises on a workbook that is damaged: it checks little of what it reads."""

SheetRow = tuple[int, list[str], str]
"""Row number, cells, and the row as text."""


def read_return(stream: BinaryIO, rules: RowRules, file_name: str, notices: list[str]) -> Iterator[Block]:
    """Yield the rows of a return as one block.

    The header is the first row that holds all required names; the first wholly empty row after it ends the data.
    Raises Refusal where the file does not open, is no text, or has no header.
    """
    content = stream.read(MAXIMUM_BYTES + 1)
    if len(content) > MAXIMUM_BYTES:
        raise Refusal("is larger than a return can be", file_name=file_name, code="too_large")
    is_workbook = Path(file_name).suffix.lower() == ".xlsx"
    rows = _workbook_rows(content, file_name) if is_workbook else _csv_rows(content, rules, file_name)
    header: list[str] | None = None
    nearest: list[str] | None = None
    for _, cells, _ in rows:
        missing = missing_columns(cells, rules.entity)
        if not missing:
            header = _without_trailing_blanks(cells) if is_workbook else cells
            break
        if nearest is None or len(missing) < len(nearest):
            nearest = missing
    if header is None:
        lacking = ", ".join(nearest or [column.name for column in rules.entity.columns])
        raise Refusal(
            f"has no row that holds all required column names (lacking: {lacking})",
            file_name=file_name,
            code="missing_column",
        )
    layout = layout_of(header, rules.entity, file_name)
    notice = extra_columns_notice(layout, file_name)
    if notice:
        notices.append(notice)
    judge = RowJudge(rules, layout)
    for number, cells, raw in rows:
        if not any(cell.strip(WHITESPACE) for cell in cells):
            break
        judge.add(number, _fitted(cells, layout.width) if is_workbook else cells, raw)
    yield judge.take()


def _fitted(cells: Sequence[str], width: int) -> list[str]:
    """Return a sheet's row at the header's width: blank cells at its end are no fields of their own."""
    trimmed = _without_trailing_blanks(cells)
    return trimmed + [""] * (width - len(trimmed))


def _without_trailing_blanks(cells: Sequence[str]) -> list[str]:
    kept = list(cells)
    while kept and not kept[-1].strip(WHITESPACE):
        kept.pop()
    return kept


def _as_csv(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _csv_rows(content: bytes, rules: RowRules, file_name: str) -> Iterator[SheetRow]:
    if b"\0" in content:
        raise Refusal("is a binary file, not text", file_name=file_name, code="binary_file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="surrogateescape")
    expected = 0
    lines = io.StringIO(text, newline="")
    delimiter = rules.contract.text.delimiter
    for number, fields, raw in text_records(lines, delimiter, file_name, longest=rules.longest_field):
        # a blank line ends the data as an empty row of a sheet does
        if number > expected + 1:
            yield expected + 1, [], ""
        expected = number
        yield number, fields, raw


def _workbook_rows(content: bytes, file_name: str) -> Iterator[SheetRow]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        _guard_against_bomb(content, file_name)
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = workbook.worksheets[0]
        # a sheet's own statement of its size may be wrong
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            cells = [cell_text(cell) for cell in row]
            yield number, cells, _as_csv(cells)
    except (InvalidFileException, *_BROKEN) as error:
        raise Refusal("does not open as a workbook", file_name=file_name, code="unreadable_sheet") from error


def _guard_against_bomb(content: bytes, file_name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > MAXIMUM_BYTES:
        raise Refusal("unpacks to more than a return can hold", file_name=file_name, code="too_large")


def cell_text(cell: object) -> str:
    """Return a typed cell as the text that a contract reads: ISO dates, plain decimal numbers."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, datetime.datetime):
        is_midnight = cell.time() == datetime.time()
        return cell.date().isoformat() if is_midnight else cell.isoformat(sep=" ")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    if isinstance(cell, float):
        text = f"{Decimal(repr(cell)):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(cell)
