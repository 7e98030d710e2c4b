"""Corporate returns: a workbook's first sheet or a CSV file, with titles above and notes below (deliveries.md 5, 7)."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from csc_warehouse.contracts.canonical import UNREADABLE
from csc_warehouse.contracts.names import WHITESPACE
from csc_warehouse.contracts.sheets import (
    MAXIMUM_BYTES,
    SheetFault,
    SheetLimits,
    require_length,
    require_width,
    sheet_rows,
)
from csc_warehouse.landing.reading.header import Layout, extra_columns_notice, layout_of, missing_columns
from csc_warehouse.landing.reading.long_records import text_records
from csc_warehouse.landing.reading.row_judge import RowJudge
from csc_warehouse.landing.reading.rows import TOTAL_ROW, Block, QuarantinedRow, RowRules, has_undefined_byte
from csc_warehouse.landing.refusal import Refusal

MOST_NAMED = 10
"""Record numbers that one sentence names at most."""

SheetRow = tuple[int, list[str], str]
"""Row number, cells, and the row as the text of a CSV line."""


def read_return(
    stream: BinaryIO, rules: RowRules, file_name: str, notices: list[str], limits: SheetLimits | None = None
) -> Iterator[Block]:
    """Yield the rows of a return as one block.

    The header is the first row that holds all required names; the first wholly empty row after it ends the data.
    Raises Refusal where the file does not open, is no text, is larger than the limits, has no header, holds a formula
    that was never calculated, or goes on with rows after its end (deliveries.md section 9, Corporate returns).
    """
    try:
        yield _read(stream, rules, file_name, notices, limits or SheetLimits())
    except SheetFault as fault:
        raise Refusal(fault.reason, file_name=file_name, code=fault.code) from fault


def _read(stream: BinaryIO, rules: RowRules, file_name: str, notices: list[str], limits: SheetLimits) -> Block:
    content = stream.read(MAXIMUM_BYTES + 1)
    if len(content) > MAXIMUM_BYTES:
        raise SheetFault("is larger than a return can be", code="too_large")
    is_workbook = Path(file_name).suffix.lower() == ".xlsx"
    rows = _workbook_rows(content, limits) if is_workbook else _csv_rows(content, rules, file_name, limits)
    header = _header(rows, rules, file_name)
    layout = layout_of(_without_trailing_blanks(header) if is_workbook else header, rules.entity, file_name)
    notice = extra_columns_notice(layout, file_name)
    if notice:
        notices.append(notice)
    judge = RowJudge(rules, layout)
    for number, cells, raw in rows:
        if not any(cell.strip(WHITESPACE) for cell in cells):
            break
        judge.add(number, _fitted(cells, layout.width) if is_workbook else cells, raw)
    for number, cells, _ in rows:
        if _is_row(cells, rules, layout):
            raise Refusal(
                f"goes on in line {number} after the wholly empty row that ends its data",
                file_name=file_name,
                code="rows_after_end",
            )
    block = judge.take()
    notices.extend(_totals_notice(block.quarantined, file_name))
    notices.extend(_days_notice(block, rules, file_name))
    return block


def _header(rows: Iterator[SheetRow], rules: RowRules, file_name: str) -> list[str]:
    """Return the first row that holds all required names; the rows after it are still to be read."""
    nearest: list[str] | None = None
    for _, cells, _ in rows:
        missing = missing_columns(cells, rules.entity)
        if not missing:
            return cells
        if nearest is None or len(missing) < len(nearest):
            nearest = missing
    lacking = ", ".join(nearest or [column.name for column in rules.entity.columns])
    raise Refusal(
        f"has no row that holds all required column names (lacking: {lacking})",
        file_name=file_name,
        code="missing_column",
    )


def _is_row(cells: Sequence[str], rules: RowRules, layout: Layout) -> bool:
    """Tell whether a line below the end is a row, not a note: all columns that mark a row are filled and readable."""
    places = dict(zip(rules.entity.column_names, layout.positions, strict=True))
    values = [
        "" if place is None or place >= len(cells) else cells[place]
        for place in (places[name] for name in rules.entity.column_names)
    ]
    if rules.total_column(values) is not None:
        return False
    canonical_values = dict(zip(rules.entity.column_names, rules.canonical_row(values), strict=True))
    sent = dict(zip(rules.entity.column_names, values, strict=True))
    return bool(rules.entity.signs_of_a_row) and all(
        canonical_values[name] not in ("", UNREADABLE)
        and not has_undefined_byte(sent[name])
        and not rules.is_no_value(sent[name])
        for name in rules.entity.signs_of_a_row
    )


def _totals_notice(quarantined: Sequence[QuarantinedRow], file_name: str) -> Iterator[str]:
    """Yield the notice about rows that state totals: no figure counts them, and they are no reason to refuse."""
    numbers = [row.record_number for row in quarantined if row.problem.reason_code == TOTAL_ROW]
    if numbers:
        named = ", ".join(map(str, numbers[:MOST_NAMED])) + (" ..." if len(numbers) > MOST_NAMED else "")
        if len(numbers) == 1:
            yield f"{file_name}: 1 row states a total (line {named}) and is set apart: it is in no figure."
        else:
            what = f"{len(numbers)} rows state totals (lines {named})"
            yield f"{file_name}: {what} and are set apart: they are in no figure."


def _days_notice(block: Block, rules: RowRules, file_name: str) -> Iterator[str]:
    """Yield the notice about a return of several days: only rows of the latest day are the newest return."""
    if rules.entity.day is None:
        return
    days = sorted(set(block.canonical[rules.entity.day].to_pylist()) - {""})
    if len(days) > 1:
        yield (
            f"{file_name} speaks of {len(days)} days, from {days[0]} to {days[-1]}: each row is in the figures of its"
            " own day, and those of the latest day alone are the newest return."
        )


def _fitted(cells: Sequence[str], width: int) -> list[str]:
    """Return a sheet's row with as many cells as the header: blank cells at its end are no fields of their own."""
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


def _csv_rows(content: bytes, rules: RowRules, file_name: str, limits: SheetLimits) -> Iterator[SheetRow]:
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
        filled = len(_without_trailing_blanks(fields)) if len(fields) > limits.columns else len(fields)
        require_width(filled, number, limits)
        if filled:
            require_length(number, limits)
        yield number, fields, raw


def _workbook_rows(content: bytes, limits: SheetLimits) -> Iterator[SheetRow]:
    expected = 0
    for number, row in sheet_rows(content, limits):
        if number > expected + 1:
            yield expected + 1, [], ""
        expected = number
        cells = [cell_text(cell) for cell in row]
        yield number, cells, _as_csv(cells)


def cell_text(cell: object) -> str:
    """Return a typed cell as the text that a contract reads: ISO dates, plain decimal numbers.

    A truth value is the word that the sheet shows, which is no number (deliveries.md section 6: nothing is guessed).
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime.datetime):
        is_midnight = cell.time() == datetime.time()
        return cell.date().isoformat() if is_midnight else cell.isoformat(sep=" ")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    if isinstance(cell, float):
        text = f"{Decimal(repr(cell)):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(cell)
