"""Values and records of any length: set apart with their reason, in bounded memory, and by both readers alike."""

from __future__ import annotations

import csv
import dataclasses
import io
import tracemalloc
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from csc_warehouse.landing.reading import long_records
from csc_warehouse.landing.reading.long_records import text_records
from csc_warehouse.landing.reading.row_by_row_csv import Joined, read_row_by_row
from csc_warehouse.landing.reading.rows import LONGEST_FIELD
from csc_warehouse.landing.reading.vectorised_csv import read_vectorised
from csc_warehouse.landing.refusal import Refusal
from tests.unit.landing.reading.test_readers import CONTENT, GOOD, MOVE, READERS, Reader, outcome, rules

MIB = 1024**2
EXTRA = "MOVE_NO,CLIENT_NO,MOVE_DATE,REASON,RECORDED,NOTES\r\n"


def short(longest: int) -> Any:
    """Return rules under which a value may have only a few characters."""
    return dataclasses.replace(rules(), longest_field=longest)


def made(reader: Reader, text: str, longest: int = LONGEST_FIELD) -> list[tuple[int, str, str | None]]:
    found = outcome(reader, text.encode("cp1252"), short(longest))
    return [(number, code, column) for number, code, column, _, _ in found["apart"]]


@READERS
@pytest.mark.parametrize("column", range(5))
def test_a_closed_value_that_is_too_long_sets_its_row_apart_and_the_next_is_read(reader: Reader, column: int) -> None:
    fields = ["2", "7", "15/07/2017", "HOME", "15/07/2017 09:30"]
    fields[column] = '"' + "x" * (LONGEST_FIELD + 1) + '"'
    found = outcome(reader, (MOVE + GOOD + ",".join(fields) + "\r\n" + "3" + GOOD[1:]).encode(), rules())
    reason = "unreadable_date" if column in {2, 4} else "value_too_long"
    assert [(number, code) for number, code, *_ in found["apart"]] == [(3, reason)]
    assert [row["record_number"] for row in found["rows"]] == [2, 4]
    assert "characters; the archive holds them all)" in found["apart"][0][3]
    assert len(found["apart"][0][3]) < LONGEST_FIELD + 100


@READERS
@pytest.mark.parametrize("note", ["x" * 41, "a\r\nb" * 11, "é" * 41, 'say ""no""' * 6])
def test_a_value_of_an_extra_column_is_held_to_the_limit_too(reader: Reader, note: str) -> None:
    text = EXTRA + GOOD.rstrip() + f',"{note}"\r\n' + "2" + GOOD[1:].rstrip() + ",short\r\n"
    assert made(reader, text, 40) == [(2, "value_too_long", "NOTES")]
    assert made(reader, text, 70) == []


@READERS
def test_the_reasons_before_it_come_first_and_the_authority_after_it(reader: Reader) -> None:
    note = "x" * 200
    row = GOOD.rstrip()
    text = EXTRA + f"{row},{note},\r\n" + f",7,,HOME,,{note}\r\n" + f"3,7,soon,HOME,,{note}\r\n"
    codes = [code for _, code, _ in made(reader, text, 100)]
    assert codes == ["field_count", "missing_key", "unreadable_date"]
    header = "schoolmoveid,personid,movedate,reason,createdon,modifiedon,owningauthority,legacyid,inactive,note\n"
    theirs = f"a,p,2018-05-01,HOME,2018-05-01T00:00:00Z,,W06000005,,0,{note}\n"
    row_rules = dataclasses.replace(rules("wccis", "schoolmove"), longest_field=100)
    found = outcome(reader, (header + theirs).encode("utf-8-sig"), row_rules)
    assert [code for _, code, *_ in found["apart"]] == ["value_too_long"]


@READERS
@pytest.mark.parametrize("size", [39, 200, 5000])
def test_a_bad_byte_is_seen_wherever_in_a_long_value_it_stands(reader: Reader, size: int) -> None:
    content = (EXTRA + GOOD.rstrip() + ",").encode() + b"x" * size + b"\x81" + b"x" * size + b"\r\n"
    found = outcome(reader, content, short(40))
    assert [code for _, code, *_ in found["apart"]] == ["undefined_byte"]


@READERS
@pytest.mark.parametrize("end", ["x", "\x0bx", ""])
def test_a_long_line_of_blanks_is_a_row_only_where_anything_stands_in_it(reader: Reader, end: str) -> None:
    found = outcome(reader, (MOVE + " " * 9000 + end + "\r\n" + GOOD).encode(), short(50))
    assert [number for number, *_ in found["apart"]] == ([2] if end else [])
    assert [row["record_number"] for row in found["rows"]] == [3]


class Repeated(io.RawIOBase):
    """A file made of a head, a piece many times over, and a tail, that is nowhere in memory."""

    def __init__(self, head: bytes, piece: bytes, times: int, tail: bytes) -> None:
        self._parts = self._all(head, piece, times, tail)
        self._rest = b""

    @staticmethod
    def _all(head: bytes, piece: bytes, times: int, tail: bytes) -> Iterator[bytes]:
        yield head
        for _ in range(times):
            yield piece
        yield tail

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._rest = part
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def reader_of(head: bytes, piece: bytes, tail: bytes, mebibytes: int) -> BinaryIO:
    times = mebibytes * MIB // len(piece)
    return cast(BinaryIO, io.BufferedReader(Repeated(head, piece, times, tail)))


@READERS
@pytest.mark.parametrize("piece", [b"x" * 1024, b"line\r\n" * 100, b'""' * 500])
def test_a_closed_value_of_any_length_costs_one_row(reader: Reader, piece: bytes) -> None:
    head = (MOVE + GOOD).encode() + b'2,7,15/07/2017,"'
    stream = reader_of(head, piece * 100, b'",15/07/2017 09:30\r\n3' + GOOD[1:].encode(), 36)
    blocks = list(reader(stream, rules(), "file.csv", []))
    apart = [row for block in blocks for row in block.quarantined]
    assert [(row.record_number, row.problem.reason_code, row.row_key) for row in apart] == [(3, "value_too_long", "2")]
    assert sum(block.rows.num_rows for block in blocks) == 2


def test_a_long_value_takes_no_more_memory_than_a_few_of_the_longest() -> None:
    head = (MOVE + GOOD).encode() + b'2,7,15/07/2017,"'
    stream = reader_of(head, b"x" * MIB, b'",15/07/2017 09:30\r\n3' + GOOD[1:].encode(), 64)
    tracemalloc.start()
    try:
        apart = [row for block in read_row_by_row(stream, rules(), "f", []) for row in block.quarantined]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(apart) == 1
    assert most < 16 * MIB


@READERS
@pytest.mark.parametrize("piece", [b"x" * 1024, b"1,7,15/07/2017,HOME,15/07/2017 09:30\r\n"])
def test_a_quote_that_nothing_closes_refuses_in_bounded_memory(reader: Reader, piece: bytes) -> None:
    stream = reader_of(MOVE.encode() + b'1,7,15/07/2017,"', piece * 100, b"", 36)
    with pytest.raises(Refusal, match="ends inside a quoted field"):
        list(reader(stream, rules(), "file.csv", []))


@READERS
def test_a_row_of_nothing_but_separators_is_one_row_apart(reader: Reader) -> None:
    stream = reader_of(MOVE.encode(), b"," * MIB, b"\r\n" + GOOD.encode(), 3)
    blocks = list(reader(stream, rules(), "file.csv", []))
    apart = [row for block in blocks for row in block.quarantined]
    assert [(row.record_number, row.problem.reason_code) for row in apart] == [(2, "field_count")]
    assert sum(block.rows.num_rows for block in blocks) == 1


@READERS
def test_a_row_of_many_long_values_is_one_row_apart(reader: Reader) -> None:
    header = MOVE.rstrip() + "".join(f",N{number}" for number in range(40)) + "\r\n"
    text = header + GOOD.rstrip() + (',"' + "y" * 100 + '"') * 40 + "\r\n" + GOOD.rstrip() + "," * 40 + "\r\n"
    found = outcome(reader, text.encode(), short(110))
    assert [(number, code, column) for number, code, column, *_ in found["apart"]] == [(2, "value_too_long", None)]
    assert len(found["rows"]) == 1


@READERS
def test_a_line_that_reads_as_the_end_of_a_file_is_none(reader: Reader) -> None:
    found = outcome(reader, (MOVE + GOOD + long_records._END + "\r\n" + "3" + GOOD[1:]).encode(), rules())
    assert [number for number, *_ in found["apart"]] == [3]
    assert [row["record_number"] for row in found["rows"]] == [2, 4]


@settings(max_examples=300, deadline=None)
@given(CONTENT, st.sampled_from([7, 200, 1 << 20]), st.integers(1, 60))
def test_the_readers_agree_whatever_is_too_long(text: str, chunk: int, longest: int) -> None:
    content = text.encode("cp1252", "replace").replace(b"\xc3\x9f", b"\x81")
    assert outcome(read_vectorised, content, short(longest), chunk=chunk) == outcome(
        read_row_by_row, content, short(longest)
    )


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='ab ,"\r\n', max_size=60), st.integers(1, 12))
@example('"', 5)
@example("a\rb", 1)
def test_a_long_record_is_put_together_as_the_csv_module_does_it(text: str, longest: int) -> None:
    def read(limit: int) -> list[list[str]] | str:
        try:
            found = text_records(io.StringIO(text, newline=""), ",", "f", longest=limit)
            return [list(fields) for _, fields, _ in found]
        except Refusal as refusal:
            return refusal.reason

    known = list(csv.reader(io.StringIO(text, newline="")))
    whole, cut = read(10_000), read(longest)
    if isinstance(whole, str) or isinstance(cut, str):
        assert whole == cut
        return
    assert whole == [record for record in known if not long_records.is_blank(record)]
    assert [len(record) for record in cut] == [min(len(record), longest + 1) for record in whole]


def test_joined_bytes_read_as_one_stream() -> None:
    stream = io.BufferedReader(cast(io.RawIOBase, Joined(b"ab", cast(BinaryIO, io.BytesIO(b"cd")))))
    assert stream.read() == b"abcd"
