"""The row-by-row reader of CSV: slow, and easy to check. What it says of a file is what is right.

The vectorised reader must give the same outcome for every file, and hands over to the functions here whatever it is not
sure of.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from csc_warehouse.landing.reading.header import extra_columns_notice, layout_of, no_header
from csc_warehouse.landing.reading.long_records import text_records
from csc_warehouse.landing.reading.row_judge import judge_records
from csc_warehouse.landing.reading.rows import Block, RowRules

PYTHON_ENCODINGS = {"windows-1252": "cp1252", "utf-8-with-mark": "utf-8"}


def open_text(stream: BinaryIO, encoding: str) -> io.TextIOWrapper:
    """Open bytes as text without touching line breaks; bytes that do not decode become lone surrogates."""
    return io.TextIOWrapper(stream, encoding=encoding, errors="surrogateescape", newline="")


def read_row_by_row(stream: BinaryIO, rules: RowRules, file_name: str, notices: list[str]) -> Iterator[Block]:
    """Yield the rows of a text file, as CsvReader asks; grain: one block per 20,000 rows."""
    encoding = PYTHON_ENCODINGS[rules.contract.text.encoding]
    if encoding == "utf-8":
        head = stream.read(len(codecs.BOM_UTF8))
        rest = head if head != codecs.BOM_UTF8 else b""
        stream = cast(BinaryIO, io.BufferedReader(Joined(rest, stream)))
    lines = open_text(stream, encoding)
    records = text_records(lines, rules.contract.text.delimiter, file_name, longest=rules.longest_field)
    first = next(records, None)
    if first is None:
        raise no_header(file_name)
    layout = layout_of(first[1], rules.entity, file_name)
    notice = extra_columns_notice(layout, file_name)
    if notice:
        notices.append(notice)
    yield from judge_records(records, rules, layout)


class Joined(io.RawIOBase):
    """Bytes already read, followed by the rest of a stream."""

    def __init__(self, head: bytes, tail: BinaryIO) -> None:
        """Take what was read, and the stream that it was read from."""
        self._head = memoryview(head)
        self._tail = tail

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer and return how many bytes it took."""
        if len(self._head):
            size = min(len(buffer), len(self._head))
            buffer[:size] = self._head[:size]
            self._head = self._head[size:]
            return size
        content = self._tail.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)
