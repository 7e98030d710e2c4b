"""Both readers of CSV owe what CsvReader declares."""

from __future__ import annotations

import inspect
import io
from typing import BinaryIO, cast

import pytest

from csc_warehouse.landing.reading.csv_readers import READERS, CsvReader
from csc_warehouse.landing.reading.rows import REASON_CODES, Block, rows_schema
from csc_warehouse.landing.refusal import Refusal
from tests.unit.landing.reading.test_readers import GOOD, MOVE, rules

EACH = pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
FILE = (
    f"{MOVE}"
    f"{GOOD}"
    "\r\n"
    "2,7,not a date,TRANSITION,15/07/2017 09:30\r\n"
    '3,7,15/07/2017,"two\r\nlines",15/07/2017 09:30\r\n'
    "4,7,15/07/2017\r\n"
    "5,7,15/07/2017,HOME,15/07/2017 09:30"
)


def read(reader: CsvReader, text: str, notices: list[str] | None = None) -> list[Block]:
    stream = cast(BinaryIO, io.BytesIO(text.encode("cp1252")))
    return list(reader(stream, rules(), "file.csv", [] if notices is None else notices))


def test_readers_when_listed_then_two_different_ones() -> None:
    assert len(set(READERS.values())) == 2


@EACH
def test_signature_when_compared_with_the_protocol_then_the_same(reader: CsvReader) -> None:
    declared = list(inspect.signature(CsvReader.__call__).parameters.values())[1:]
    own = list(inspect.signature(reader).parameters.values())
    assert [(p.name, p.annotation) for p in own[: len(declared)]] == [(p.name, p.annotation) for p in declared]
    # a reader may have settings of its own, as long as nobody has to know them
    assert all(p.default is not inspect.Parameter.empty for p in own[len(declared) :])
    assert inspect.signature(reader).return_annotation == inspect.signature(CsvReader.__call__).return_annotation


@EACH
def test_records_when_read_then_each_is_a_row_or_quarantined_and_never_both(reader: CsvReader) -> None:
    blocks = read(reader, FILE)
    accepted = [number for block in blocks for number in block.rows.column("record_number").to_pylist()]
    quarantined = [row.record_number for block in blocks for row in block.quarantined]
    # the header is record 1, the blank line has a number and is no row, a line break in a field begins none
    assert (sorted(accepted), sorted(quarantined)) == ([2, 5, 7], [4, 6])


@EACH
def test_blocks_when_read_then_have_the_agreed_form(reader: CsvReader) -> None:
    for block in read(reader, FILE):
        entity = rules().entity
        assert block.rows.schema == rows_schema(entity)
        assert set(block.canonical) == set(entity.column_names)
        assert {len(texts) for texts in block.canonical.values()} == {block.rows.num_rows}
        assert {row.problem.reason_code for row in block.quarantined} <= set(REASON_CODES)


@EACH
def test_unknown_column_when_read_then_one_notice(reader: CsvReader) -> None:
    notices: list[str] = []
    read(reader, FILE.replace("RECORDED\r\n", "RECORDED,SHOE_SIZE\r\n"), notices)
    assert len(notices) == 1
    assert "SHOE_SIZE" in notices[0]


@EACH
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_file"),
        ("\r\n\r\n", "empty_file"),
        ("MOVE_NO,CLIENT_NO\r\n1,7\r\n", "missing_column"),
        (MOVE.replace("REASON", "REASON,REASON"), "column_twice"),
        (f'{MOVE}1,7,15/07/2017,"TRANS', "cut_off"),
    ],
)
def test_file_that_is_no_table_when_read_then_refused_by_name(reader: CsvReader, text: str, code: str) -> None:
    with pytest.raises(Refusal) as found:
        read(reader, text)
    assert (found.value.code, found.value.file_name) == (code, "file.csv")
