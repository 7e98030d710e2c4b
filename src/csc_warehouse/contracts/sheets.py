"""The first sheet of a workbook, row by row: what its cells hold, and what makes it unreadable (deliveries.md 5 and 9).

Time and memory follow the bytes of the sheet, whatever row and column numbers it states.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from csc_warehouse.contracts.damaged import DAMAGED_ZIP

MAXIMUM_BYTES = 256 * 1024**2
"""A return is a sheet that a person keeps; anything larger, packed or unpacked, is not one."""
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
"""Of any sheet, whatever program wrote it."""
FEWEST_FORMULAS = 2
"""One formula that gives nought may well be right; several that all do, in a file never calculated, are not."""
_CALCULATE_ON_LOAD = re.compile(rb'\bfullCalcOnLoad\s*=\s*["\'](?:1|true)["\']')

FaultCode = Literal["formula_without_value", "too_large", "unreadable_sheet"]


@dataclass(frozen=True)
class SheetLimits:
    """How large a return can be; rows and columns count where they hold a value."""

    rows: int = 200_000
    columns: int = 200


class SheetFault(Exception):  # noqa: N818  (a finding about a file, not a fault of the program)
    """A workbook that cannot be trusted: the reason as a clause, and its code."""

    def __init__(self, reason: str, *, code: FaultCode) -> None:
        """Take the reason ("does not open as a workbook") and the code of its remedy."""
        super().__init__(reason)
        self.reason = reason
        self.code: FaultCode = code


def sheet_rows(content: bytes, limits: SheetLimits) -> Iterator[tuple[int, list[object]]]:
    """Yield the rows of a workbook's first sheet that hold a value: number as shown, and typed cells from column A.

    Raises SheetFault where it does not open or is damaged, is larger than the limits, or holds a formula without a
    stored value: it was written by a program, and nothing calculated it.
    """
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        yield from _FirstSheet(content, limits).rows()
    # a damaged part of it is no XML
    except (InvalidFileException, SyntaxError, *DAMAGED_ZIP) as error:
        raise SheetFault("does not open as a workbook", code="unreadable_sheet") from error


def require_width(cells: int, row: int, limits: SheetLimits) -> None:
    """Check how many columns a row fills. Raises SheetFault beyond the limit."""
    if cells > limits.columns:
        raise SheetFault(
            f"fills more than {limits.columns:,} columns in row {row}, more than a return can have", code="too_large"
        )


def require_length(row: int, limits: SheetLimits) -> None:
    """Check the number of a row that holds a value. Raises SheetFault beyond the limit."""
    if row > limits.rows:
        said = f"has more than {limits.rows:,} rows, more than a return can have (it goes on to row {row:,})"
        raise SheetFault(said, code="too_large")


def _damaged() -> SheetFault:
    return SheetFault("is damaged: its rows or cells stand out of order", code="unreadable_sheet")


@dataclass
class _Formulas:
    """What the formulas of a sheet gave, as far as it was read."""

    noughts: int = 0
    others: int = 0
    first: str = ""

    def require_calculated(self) -> None:
        """Check that not every formula gives the nought that programs write before anything was calculated."""
        if self.noughts >= FEWEST_FORMULAS and not self.others:
            raise _without_value(
                self.first, " (every formula of it gives 0, and it says of itself that it is still to be calculated)"
            )


def _without_value(cell: str, how: str = "") -> SheetFault:
    return SheetFault(
        f"was never calculated: cell {cell} holds a formula and no value{how}", code="formula_without_value"
    )


@dataclass
class _FirstSheet:
    content: bytes
    limits: SheetLimits
    formulas: _Formulas = field(default_factory=_Formulas)

    def rows(self) -> Iterator[tuple[int, list[object]]]:
        import openpyxl

        is_on_load = self._inspect()
        workbook: Any = openpyxl.load_workbook(io.BytesIO(self.content), read_only=True, data_only=True)
        try:
            yield from self._rows_of(workbook)
        finally:
            workbook.close()
        if is_on_load:
            self.formulas.require_calculated()

    def _inspect(self) -> bool:
        """Guard against a small file that unpacks to a large one; tell whether it is still to be calculated."""
        if len(self.content) > MAXIMUM_BYTES:
            raise SheetFault("is larger than a return can be", code="too_large")
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAXIMUM_BYTES:
                raise SheetFault("unpacks to more than a return can hold", code="too_large")
            names = [name for name in archive.namelist() if name.lower().rpartition("/")[2] == "workbook.xml"]
            return any(_CALCULATE_ON_LOAD.search(archive.read(name)) for name in names)

    def _rows_of(self, workbook: Any) -> Iterator[tuple[int, list[object]]]:
        """Read cell by cell, by the library's own rules of what a cell holds; it would fill every gap with rows."""
        from openpyxl.worksheet._reader import CELL_TAG, ROW_TAG, WorkSheetParser
        from openpyxl.xml.functions import iterparse

        sheet = workbook.worksheets[0]
        with workbook._archive.open(sheet._worksheet_path) as source:
            parser: Any = WorkSheetParser(
                source,
                sheet._shared_strings,
                data_only=True,
                epoch=workbook.epoch,
                date_formats=workbook._date_formats,
                timedelta_formats=workbook._timedelta_formats,
            )
            parents: list[Any] = []
            cells: dict[int, object] = {}
            seen = 0
            for event, element in iterparse(source, events=("start", "end")):
                if event == "start":
                    parents.append(element)
                    if element.tag == ROW_TAG:
                        self._begin_row(parser, element)
                        cells, seen = {}, 0
                    continue
                parents.pop()
                if element.tag == CELL_TAG:
                    seen += 1
                    if seen > LAST_COLUMN:
                        # blank cells are many where a whole row has a format, but not more than a row has
                        require_width(seen, parser.row_counter, self.limits)
                    self._read_cell(parser, element, cells)
                elif element.tag == ROW_TAG:
                    if cells:
                        require_length(parser.row_counter, self.limits)
                        yield parser.row_counter, [cells.get(column) for column in range(1, max(cells) + 1)]
                elif len(parents) > 2:
                    # what a cell is made of is read with the cell
                    continue
                element.clear()
                if parents:
                    parents[-1].remove(element)

    def _begin_row(self, parser: Any, element: Any) -> None:
        stated = element.get("r")
        number = parser.row_counter + 1 if stated is None else int(stated)
        if number > LAST_ROW:
            # no sheet has it, and so it is no blank row with a format either
            require_length(number, self.limits)
        if number <= parser.row_counter:
            raise _damaged()
        parser.row_counter, parser.col_counter = number, 0

    def _read_cell(self, parser: Any, element: Any, cells: dict[int, object]) -> None:
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG

        read = parser.parse_cell(element)
        column, value = read["column"], read["value"]
        if read["row"] != parser.row_counter or column in cells:
            raise _damaged()
        if element.find(FORMULA_TAG) is not None:
            name = f"{get_column_letter(column)}{parser.row_counter}"
            # an empty text is what a formula may give; it is stored as one
            is_empty_text = element.get("t") == "str" and element.find(VALUE_TAG) is not None
            if value is None and not is_empty_text:
                raise _without_value(name)
            self.formulas.first = self.formulas.first or name
            if value == 0 and not isinstance(value, bool):
                self.formulas.noughts += 1
            else:
                self.formulas.others += 1
        if value is not None:
            require_width(column, parser.row_counter, self.limits)
            cells[column] = value
