"""The reference reader: one row after the other, by Python's own CSV module. Right first; the fast one must agree."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, cast

from csc_warehouse.landing.reading.header import Layout, extra_columns_notice, layout_of
from csc_warehouse.landing.reading.long_records import LongFields, Record, is_blank, text_records
from csc_warehouse.landing.reading.rows import (
    REASON_CODES,
    Block,
    Problem,
    QuarantinedRow,
    RowRules,
    has_undefined_byte,
    printable_raw,
    rows_schema,
    too_long_record,
    too_long_value,
    undefined_byte,
    wrong_field_count,
)
from csc_warehouse.landing.refusal import Refusal

__all__ = ["RowJudge", "is_blank", "read_reference", "text_records"]

BLOCK_ROWS = 20_000
PYTHON_ENCODINGS = {"windows-1252": "cp1252", "utf-8-with-mark": "utf-8"}


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
        if isinstance(fields, LongFields):
            problem = self._first(problem, fields)
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

    def _first(self, problem: Problem | None, fields: LongFields) -> Problem | None:
        """Return what comes first of a problem and of a value that no column may have, an extra one neither."""
        longest = self._rules.longest_field
        if fields.is_cut:
            return too_long_record(longest)
        if not fields.too_long:
            return problem
        found = too_long_value(longest, self._layout.column_at(fields.too_long[0]))
        if problem is None or REASON_CODES.index(problem.reason_code) > REASON_CODES.index(found.reason_code):
            return found
        return problem

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
    records = text_records(lines, rules.contract.text.delimiter, file_name, longest=rules.longest_field)
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
