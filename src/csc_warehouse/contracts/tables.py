"""The tables of a delivery as they lie in a folder, a zip or a file, for a comparison with a contract."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from csc_warehouse.contracts.damaged import DAMAGED_ZIP
from csc_warehouse.contracts.model import NativeType
from csc_warehouse.contracts.names import WHITESPACE
from csc_warehouse.contracts.native_types import native_type_of, text_of
from csc_warehouse.contracts.sheets import MAXIMUM_BYTES, SheetFault, SheetLimits, sheet_rows
from csc_warehouse.errors import UsageError

MAXIMUM_MEMBER_BYTES = 8 * 1024**3
PARQUET = ".parquet"
SUFFIXES = (".csv", ".xlsx", PARQUET)
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_SNIFFED = 1024**2
_LONGEST_FIELD = 32 * 1024**2
_LONGEST_TEXT = 4096
"""Characters of a native text that are looked at: more than any column may have."""
_SOME_ROWS = 10_000


@dataclass(frozen=True)
class Table:
    """One file or member that holds a table."""

    name: str
    open: Callable[[], BinaryIO]

    def encoding(self) -> str:
        """Return the encoding that the first megabyte shows: a mark's, UTF-8 where that fits, else Windows-1252.

        Raises UsageError where it cannot be read.
        """
        try:
            with self.open() as stream:
                head = stream.read(_SNIFFED)
        except DAMAGED_ZIP as error:
            raise UsageError(f"{self.name} cannot be read: it is damaged, or may not be opened.") from error
        for mark, encoding in _MARKS.items():
            if head.startswith(mark):
                return encoding
        if head.isascii():
            return "ascii"
        try:
            # a character may be cut in two at the end of what was read
            head[: max(len(head) - 4, 0) if len(head) == _SNIFFED else None].decode("utf-8")
        except UnicodeDecodeError:
            return "cp1252"
        return "utf-8"

    @property
    def is_native(self) -> bool:
        """Tell whether its file says of each column of which type it is."""
        return self.name.lower().endswith(PARQUET)

    def native_types(self) -> dict[str, tuple[NativeType | None, str]]:
        """Return by column its type as contracts call it, None where they cannot, and as the file does.

        Raises UsageError where the file does not open.
        """
        with self.open() as stream, _native_file(self.name):
            schema = _open_parquet(stream).schema_arrow
        return {field.name: (native_type_of(field.type), str(field.type)) for field in schema}

    def records(self, delimiter: str) -> Iterator[list[str]]:
        """Yield the records that are not blank, as text; of native types, each value as landing keeps it."""
        if self.is_native:
            yield from _native_records(self.open, self.name)
            return
        if self.name.lower().endswith(".xlsx"):
            yield from _sheet_records(self.open, self.name)
            return
        encoding = self.encoding()
        with self.open() as stream:
            readable = "utf-8" if encoding == "ascii" else encoding
            text = io.TextIOWrapper(stream, encoding=readable, errors="replace", newline="")
            csv.field_size_limit(_LONGEST_FIELD)
            try:
                for record in csv.reader(text, delimiter=delimiter):
                    if any(field.strip(WHITESPACE) for field in record):
                        yield record
            except (*DAMAGED_ZIP, csv.Error) as error:
                raise UsageError(
                    f"{self.name} cannot be read to its end: it is damaged, or a quote in it is never closed."
                ) from error


def tables_at(path: Path) -> list[Table]:
    """Return the tables of a folder (its zips opened), a zip, or a single file.

    Raises UsageError where nothing is there or a zip does not open.
    """
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.is_file())
    elif path.is_file():
        files = [path]
    else:
        raise UsageError(f"{path} is not there: name the folder of one delivery, for example exports/raise/2017-09-30.")
    tables: list[Table] = []
    for file in files:
        if file.suffix.lower() == ".zip":
            tables += _members(file)
        elif file.suffix.lower() in SUFFIXES:
            tables.append(Table(file.name, _file_opener(file)))
    if not tables:
        raise UsageError(f"{path} holds no CSV or Parquet file, workbook or zip: name the folder of one delivery.")
    return tables


def _members(path: Path) -> list[Table]:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except DAMAGED_ZIP as error:
        raise UsageError(f"{path} does not open as a zip.") from error
    return [
        Table(info.filename, _member_opener(path, info.filename))
        for info in infos
        if info.filename.lower().endswith(".csv") and info.file_size <= MAXIMUM_MEMBER_BYTES
    ]


def _file_opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _member_opener(path: Path, member: str) -> Callable[[], BinaryIO]:
    def open_member() -> BinaryIO:
        with zipfile.ZipFile(path) as archive:
            return cast(BinaryIO, archive.open(member))

    return open_member


def _sheet_records(opener: Callable[[], BinaryIO], name: str) -> Iterator[list[str]]:
    with opener() as stream:
        content = stream.read(MAXIMUM_BYTES + 1)
    try:
        for _, row in sheet_rows(content, SheetLimits()):
            cells = [_cell(value) for value in row]
            if any(cells):
                yield cells
    except SheetFault as fault:
        raise UsageError(f"{name} {fault.reason}: ask whoever keeps it for a whole one.") from fault


@contextmanager
def _native_file(name: str) -> Iterator[None]:
    """Turn what the library raises on a damaged file into one sentence."""
    try:
        yield
    except (ArithmeticError, LookupError, MemoryError, NotImplementedError, OSError, TypeError, ValueError) as error:
        raise UsageError(f"{name} cannot be read as a Parquet file: it is cut off, damaged or encrypted.") from error


def _open_parquet(stream: BinaryIO, dictionaries: list[str] | None = None) -> Any:
    import pyarrow.parquet as pq

    return pq.ParquetFile(stream, read_dictionary=dictionaries, buffer_size=_SNIFFED, pre_buffer=False)


def _native_records(opener: Callable[[], BinaryIO], name: str) -> Iterator[list[str]]:
    with opener() as stream, _native_file(name):
        opened = _open_parquet(stream)
        leaves = [opened.schema.column(place) for place in range(len(opened.schema.names))]
        # as dictionaries: a long value that many rows share is held once
        file = _open_parquet(stream, [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"])
        yield list(opened.schema_arrow.names)
        kinds = [native_type_of(field.type) for field in opened.schema_arrow]
        for batch in file.iter_batches(batch_size=_SOME_ROWS, use_threads=False):
            for place in range(batch.num_rows):
                yield [
                    "" if kind is None else text_of(kind, column, place, _LONGEST_TEXT)
                    for kind, column in zip(kinds, batch.columns, strict=True)
                ]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return str(value)
