"""The reference reader: one row after the other, by Python's own CSV module. Right first; the fast one must agree."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, cast

from csc_warehouse.contracts.names import WHITESPACE
from csc_warehouse.landing.layout import Layout, extra_columns_notice, layout_of
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.rows import (
    Block,
    Problem,
    QuarantinedRow,
    RowRules,
    has_undefined_byte,
    printable_raw,
    rows_schema,
    undefined_byte,
    wrong_field_count,
)

BLOCK_ROWS = 20_000
MAXIMUM_FIELD = 32 * 1024**2
"""Characters; a longer field is an opening quote that nothing closes."""
_END = "\x01end of file\x01"
PYTHON_ENCODINGS = {"windows-1252": "cp1252", "utf-8-with-mark": "utf-8"}

Record = tuple[int, list[str], str]
"""Record number as a spreadsheet shows it, fields, text as sent."""


def text_records(lines: Iterable[str], delimiter: str, file_name: str, *, first_number: int = 1) -> Iterator[Record]:
    """Yield the records of a text that are not blank.

    Blank lines advance the number and are no rows; a line break in a field does not. Raises Refusal where the text
    ends inside a quoted field: it was cut off.
    """
    csv.field_size_limit(MAXIMUM_FIELD)
    kept: list[str] = []

    def with_end() -> Iterator[str]:
        for line in lines:
            kept.append(line)
            yield line
        yield _END

    number = first_number - 1
    reader = csv.reader(with_end(), delimiter=delimiter)
    is_ended = False
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise Refusal("has a quote that is opened and never closed", file_name=file_name, code="cut_off") from error
        number += 1
        if fields == [_END]:
            is_ended = True
            break
        raw = "".join(kept).rstrip("\r\n")
        kept.clear()
        if not is_blank(fields):
            yield number, fields, raw
    if not is_ended:
        raise Refusal("ends inside a quoted field: it was cut off", file_name=file_name, code="cut_off")


def is_blank(fields: Sequence[str]) -> bool:
    """Tell whether a record is a blank line."""
    return not fields or (len(fields) == 1 and not fields[0].strip(WHITESPACE))


class RowJudge:
    """Sorts records into rows that can be read and rows that cannot, and makes blocks of them."""

    def __init__(self, rules: RowRules, layout: Layout) -> None:
        """Take the rules of an entity and the layout of a file."""
        self._rules = rules
        self._layout = layout
        self._columns: list[list[str]] = [[] for _ in rules.entity.columns]
        self._canonical: list[list[str]] = [[] for _ in rules.entity.columns]
        self._numbers: list[int] = []
        self._keys: list[str] = []
        self._hashes: list[str] = []
        self._quarantined: list[QuarantinedRow] = []

    @property
    def count(self) -> int:
        """Return the rows judged since the last block."""
        return len(self._numbers) + len(self._quarantined)

    def add(self, number: int, fields: Sequence[str], raw: str) -> None:
        """Judge one record."""
        rules = self._rules
        if len(fields) != self._layout.width:
            wrong = wrong_field_count(len(fields), self._layout.width)
            self._quarantine(number, wrong, raw, None, rules.candidate_people(fields))
            return
        values = self._layout.pick(fields)
        canonical_values = rules.canonical_row(values)
        problem = undefined_byte() if any(map(has_undefined_byte, fields)) else None
        problem = problem or rules.problem(values, canonical_values)
        if problem is not None:
            key = rules.readable_key(canonical_values, values)
            self._quarantine(number, problem, raw, key, rules.people(canonical_values))
            return
        for store, value in zip(self._columns, values, strict=True):
            store.append(value)
        for store, value in zip(self._canonical, canonical_values, strict=True):
            store.append(value)
        self._numbers.append(number)
        self._keys.append(rules.row_key(canonical_values, number))
        self._hashes.append(rules.row_hash(canonical_values))

    def _quarantine(
        self, number: int, problem: Problem, raw: str, row_key: str | None, people: tuple[str, ...]
    ) -> None:
        self._quarantined.append(QuarantinedRow(number, problem, printable_raw(raw), row_key, people))

    def take(self) -> Block:
        """Return what was judged as a block, and start the next."""
        import pyarrow as pa

        names = self._rules.entity.column_names
        arrays = [pa.array(values, pa.string()) for values in self._columns]
        arrays += [pa.array(self._numbers, pa.int64()), pa.array(self._keys, pa.string())]
        arrays += [pa.array(self._hashes, pa.string())]
        canonical = {name: pa.array(v, pa.string()) for name, v in zip(names, self._canonical, strict=True)}
        block = Block(
            pa.Table.from_arrays(arrays, schema=rows_schema(self._rules.entity)), canonical, self._quarantined
        )
        for store in (*self._columns, *self._canonical, self._keys, self._hashes):
            store.clear()
        self._numbers.clear()
        self._quarantined = []
        return block


def open_text(stream: BinaryIO, encoding: str) -> io.TextIOWrapper:
    """Open bytes as text without touching line breaks; bytes that do not decode become lone surrogates."""
    return io.TextIOWrapper(stream, encoding=encoding, errors="surrogateescape", newline="")


def judge_records(records: Iterable[Record], rules: RowRules, layout: Layout) -> Iterator[Block]:
    """Yield blocks of judged records."""
    judge = RowJudge(rules, layout)
    for number, fields, raw in records:
        judge.add(number, fields, raw)
        if judge.count >= BLOCK_ROWS:
            yield judge.take()
    if judge.count:
        yield judge.take()


def read_reference(stream: BinaryIO, rules: RowRules, file_name: str, notices: list[str]) -> Iterator[Block]:
    """Yield the rows of a text file; grain: one block per 20,000 rows.

    Raises Refusal where there is no header, a column is missing, or the file ends inside a field.
    """
    encoding = PYTHON_ENCODINGS[rules.contract.text.encoding]
    if encoding == "utf-8":
        head = stream.read(len(codecs.BOM_UTF8))
        rest = head if head != codecs.BOM_UTF8 else b""
        stream = cast(BinaryIO, io.BufferedReader(Joined(rest, stream)))
    lines = open_text(stream, encoding)
    records = text_records(lines, rules.contract.text.delimiter, file_name)
    first = next(records, None)
    if first is None:
        raise Refusal("is empty: not even a header is there", file_name=file_name, code="empty_file")
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
