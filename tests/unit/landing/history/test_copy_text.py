"""Rows in COPY's text form: what a value may hold without breaking a row."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csc_warehouse.landing.history.copy_text import copy_text

ESCAPES = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}


def read_back(content: bytes) -> list[list[str]]:
    """Read COPY's text form as PostgreSQL does."""
    rows = content.decode().removesuffix("\n").split("\n")
    return [[unescape(value) for value in row.split("\t")] for row in rows]


def unescape(value: str) -> str:
    text, place = "", 0
    while place < len(value):
        pair = value[place : place + 2]
        text += ESCAPES.get(pair, value[place])
        place += 2 if pair in ESCAPES else 1
    return text


def test_plain_rows_are_joined_with_their_constants() -> None:
    rows = pa.table({"a": ["x", ""], "record_number": [1, 2]})
    assert bytes(copy_text(rows, ["W06000006", 7])) == b"x\t1\tW06000006\t7\n\t2\tW06000006\t7\n"


@pytest.mark.parametrize("value", ["\\", "\\.", "\\N", "a\tb", "a\r\nb", '"quoted"', "\\t", "Tŷ"])
def test_a_value_comes_back_as_it_was(value: str) -> None:
    assert read_back(bytes(copy_text(pa.table({"a": [value, "x"], "b": ["y", value]})))) == [[value, "y"], ["x", value]]


@given(st.lists(st.tuples(*[st.text(alphabet='ab\\\t\r\n".N', max_size=5)] * 2), min_size=1, max_size=6))
def test_any_values_come_back_as_they_were(rows: list[tuple[str, str]]) -> None:
    table = pa.table({"a": [row[0] for row in rows], "b": [row[1] for row in rows]}).slice(0)
    assert read_back(bytes(copy_text(table, ["c"]))) == [[*row, "c"] for row in rows]


def test_a_slice_gives_its_own_rows() -> None:
    table = pa.table({"a": [str(n) for n in range(10)]})
    assert bytes(copy_text(table.slice(4, 2))) == b"4\n5\n"
