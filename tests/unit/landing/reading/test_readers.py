"""The readers of CSV: record numbers, reasons and their order; the vectorised one agrees with the row-by-row one."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.landing.reading import csv_readers
from csc_warehouse.landing.reading.row_by_row_csv import read_row_by_row
from csc_warehouse.landing.reading.rows import Block, RowRules
from csc_warehouse.landing.reading.vectorised_csv import read_vectorised
from csc_warehouse.landing.refusal import Refusal

DAY = datetime.date(2018, 5, 20)
Reader = Callable[..., Iterator[Block]]
READERS = pytest.mark.parametrize("reader", csv_readers.READERS.values(), ids=csv_readers.READERS)
MOVE = "MOVE_NO,CLIENT_NO,MOVE_DATE,REASON,RECORDED\r\n"
GOOD = "1,7,15/07/2017,TRANSITION,15/07/2017 09:30\r\n"


def rules(source: str = "raise", entity: str = "school_move") -> RowRules:
    contract: SourceContract = load_contracts((source,))[source]
    return RowRules.of(contract, contract.entities[entity], "W06000006", DAY)


def outcome(reader: Reader, content: bytes, row_rules: RowRules, **options: int) -> dict[str, Any]:
    """Return everything that a reader said, blocks put together, in the file's order."""
    notices: list[str] = []
    rows: list[dict[str, Any]] = []
    apart = []
    try:
        for block in reader(io.BytesIO(content), row_rules, "file.csv", notices, **options):
            readable = {name: texts.to_pylist() for name, texts in block.canonical.items()}
            for place, row in enumerate(block.rows.to_pylist()):
                rows.append(row | {f"canonical {name}": texts[place] for name, texts in readable.items()})
            apart += [
                (q.record_number, q.problem.reason_code, q.problem.column_name, q.raw_record, q.row_key)
                for q in block.quarantined
            ]
    except Refusal as refusal:
        return {"refused": refusal.reason}
    rows.sort(key=lambda row: row["record_number"])
    return {"rows": rows, "apart": sorted(apart), "notices": notices}


def reasons(reader: Reader, text: str, row_rules: RowRules | None = None) -> list[tuple[int, str, str | None]]:
    found = outcome(reader, text.encode("cp1252"), row_rules or rules())
    return [(number, code, column) for number, code, column, _, _ in found["apart"]]


@READERS
def test_rows_are_kept_as_sent_and_known_by_canonical_key(reader: Reader) -> None:
    found = outcome(reader, (MOVE + "0000042, 7 ,15/07/2017,other ,15/07/2017 09:30\r\n").encode(), rules())
    row = found["rows"][0]
    assert (row["move_no"], row["client_no"], row["reason"]) == ("0000042", " 7 ", "other ")
    assert (row["row_key"], row["record_number"]) == ("42", 2)
    assert row["canonical reason"] == "OTHER"


@READERS
def test_a_blank_line_advances_the_record_number_and_is_no_row(reader: Reader) -> None:
    found = outcome(reader, (MOVE + "\r\n" + GOOD + "   \r\n" + "x\r\n").encode(), rules())
    assert [row["record_number"] for row in found["rows"]] == [3]
    assert [number for number, *_ in found["apart"]] == [5]


@READERS
def test_a_line_break_in_a_field_does_not_advance_it(reader: Reader) -> None:
    broken = '1,7,15/07/2017,"OTHER\r\nand more",15/07/2017 09:30\r\n'
    found = outcome(reader, (MOVE + broken + "x\r\n").encode(), rules())
    assert found["rows"][0]["reason"] == "OTHER\r\nand more"
    assert [number for number, *_ in found["apart"]] == [3]


@READERS
def test_columns_are_read_by_name_and_extra_ones_are_reported_once(reader: Reader) -> None:
    text = "Recorded, move_no,SECRET,REASON,MOVE_DATE,CLIENT_NO\r\n15/07/2017 09:30,3,x,HOME,15/07/2017,9\r\n"
    found = outcome(reader, text.encode(), rules())
    assert (found["rows"][0]["move_no"], found["rows"][0]["client_no"]) == ("3", "9")
    assert "SECRET" not in found["rows"][0]
    assert found["notices"] == ["file.csv has columns that the contract does not know, and they were kept out: SECRET."]


@READERS
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,7,15/07/2017,HOME", "field_count"),
        ("1,7,15/07/2017,HOME,15/07/2017 09:30,", "field_count"),
        (" ,7,15/07/2017,HOME,15/07/2017 09:30", "missing_key"),
        (",,,,", "missing_key"),
        (",7,soon,HOME,15/07/2017 09:30", "missing_key"),
        ("1,7,31/02/2017,HOME,15/07/2017 09:30", "unreadable_date"),
        ("1,7,15/07/2017,HOME,15/07/2017", "unreadable_date"),
        ("1,7,15/07/2017,HOME,15/07/2017 24:30", "unreadable_date"),
        (f"1,7,15/07/2017,{'H' * 101},15/07/2017 09:30", "value_too_long"),
        (f"1,7,soon,{'H' * 101},15/07/2017 09:30", "unreadable_date"),
    ],
)
def test_the_first_reason_that_applies_is_given(reader: Reader, row: str, reason: str) -> None:
    assert [code for _, code, _ in reasons(reader, MOVE + GOOD + row + "\r\n")] == [reason]


@READERS
def test_an_unreadable_number_is_told_by_its_column(reader: Reader) -> None:
    header = (
        "ASSESSMENT_NO,VERSION_NO,CLIENT_NO,CONTACT_NO,REFERRAL_DATE,START_DATE,AUTHORISED_DATE,STATUS,CHILD_SEEN,"
        "CHILD_SEEN_ALONE,NOT_SEEN_REASON,OUTCOME,DELAY_REASON,TEAM,WORKER,RECORDED\r\n"
    )
    text = header + "1,two,7,9,,,,OPEN,,,,,,,,\r\n" + "1,02,7,9,,,,OPEN,,,,,,,,\r\n"
    found = outcome(reader, text.encode(), rules(entity="assessment"))
    assert [(code, column) for _, code, column, _, _ in found["apart"]] == [("unreadable_number", "version_no")]
    assert found["rows"][0]["row_key"] == "1|2"


@READERS
@pytest.mark.parametrize(
    ("version", "is_read"),
    [
        ("2147483647", True),
        ("1.0", True),
        ("2147483648", False),
        ("99999999999999999999", False),
        ("1.5", False),
        ("-1", False),
        ("12 months", False),
    ],
)
def test_a_number_beyond_its_bounds_is_set_apart_and_told(reader: Reader, version: str, is_read: bool) -> None:
    names = [column.upper() for column in rules(entity="assessment").entity.column_names]
    row = {"ASSESSMENT_NO": "1", "VERSION_NO": version}
    text = ",".join(names) + "\r\n" + ",".join(row.get(name, "") for name in names) + "\r\n"
    expected = [] if is_read else [(2, "unreadable_number", "version_no")]
    assert reasons(reader, text, rules(entity="assessment")) == expected


@READERS
@pytest.mark.parametrize(
    ("one", "other"),
    [("Lleoliadau T\u00ee", "LLEOLIADAU  TI\u0302 "), ("D\u0175r\u00a0a Th\u00e2n", "dw\u0302r a tha\u0302n")],
)
def test_a_key_that_is_a_name_repeats_however_it_was_typed(reader: Reader, one: str, other: str) -> None:
    contract = load_contracts(("corporate",))["corporate"].with_encoding("utf-8-with-mark")
    row_rules = RowRules.of(contract, contract.entities["finance_monitor"], "W06000006", DAY)
    header = "heading,budget_gbp,projected_gbp,planned_saving_gbp,as_at\n"
    content = header + "".join(f"{name},1,2,,2018-04-30\n" for name in (one, other))
    found = outcome(reader, content.encode(), row_rules)
    assert len({row["row_key"] for row in found["rows"]}) == 1
    # as sent
    assert [row["heading"] for row in found["rows"]] == [one, other]


@READERS
def test_a_byte_that_windows_1252_does_not_define_sets_its_row_apart(reader: Reader) -> None:
    content = (MOVE + GOOD).encode() + b"2,7,15/07/2017,HOME\x81,15/07/2017 09:30\r\n"
    found = outcome(reader, content, rules())
    assert found["apart"] == [(3, "undefined_byte", None, "2,7,15/07/2017,HOME\\x81,15/07/2017 09:30", "2")]
    assert len(found["rows"]) == 1


@READERS
def test_a_byte_that_utf_8_does_not_define_sets_its_row_apart(reader: Reader) -> None:
    header = "schoolmoveid,personid,movedate,reason,createdon,modifiedon,owningauthority,legacyid,inactive\n"
    good = b"a1,\xc3\xa9,2018-05-01,HOME,2018-05-01T00:00:00Z,,W06000006,,0\n"
    content = b"\xef\xbb\xbf" + header.encode() + good + good.replace(b"a1", b"\x80") + good.replace(b"\xc3", b"")
    found = outcome(reader, content, rules("wccis", "schoolmove"))
    assert [(number, code, row_key) for number, code, _, _, row_key in found["apart"]] == [
        (3, "undefined_byte", None),
        (4, "undefined_byte", "a1"),
    ]
    assert len(found["rows"]) == 1


@READERS
def test_a_key_that_can_be_read_is_known_of_a_row_that_cannot(reader: Reader) -> None:
    content = MOVE + "0002,7,soon,HOME,15/07/2017 09:30\r\n" + "3,7,HOME\r\n"
    found = outcome(reader, content.encode(), rules())
    assert [row_key for *_, row_key in found["apart"]] == ["2", None]


@READERS
def test_a_row_of_another_authority_is_set_apart(reader: Reader) -> None:
    header = "schoolmoveid,personid,movedate,reason,createdon,modifiedon,owningauthority,legacyid,inactive\n"
    ours = "A1,p,2018-05-01,HOME,2018-05-01T00:00:00Z,2018-05-01T00:00:00Z,w06000006 ,,0\n"
    theirs = ours.replace("A1", "a2").replace("w06000006 ", "W06000005")
    blank = ours.replace("A1", "a3").replace("w06000006 ", "")
    content = ("\ufeff" + header + ours + theirs + blank).encode()
    found = outcome(reader, content, rules("wccis", "schoolmove"))
    assert [(number, code) for number, code, *_ in found["apart"]] == [(3, "wrong_authority"), (4, "wrong_authority")]
    assert found["rows"][0]["row_key"] == "a1"


@READERS
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\r\n\r\n", "is empty"),
        (b"MOVE_NO,CLIENT_NO,REASON,RECORDED\r\n", "lacks the required column MOVE_DATE"),
        (b"MOVE_NO,MOVE_NO,CLIENT_NO,MOVE_DATE,REASON,RECORDED\r\n", "twice"),
        (MOVE.encode() + b'1,7,15/07/2017,"HOME,15/07/2017 09:30\r\n', "ends inside a quoted field"),
    ],
)
def test_a_file_without_a_usable_header_or_end_is_refused(reader: Reader, content: bytes, said: str) -> None:
    assert said in outcome(reader, content, rules())["refused"]


FIELD = st.one_of(
    st.sampled_from(
        [
            *(
                "",
                "0",
                "0042",
                "42",
                " 7",
                "15/07/2017",
                "31/02/2017",
                "01/01/1900",
                "01/01/1900 00:00",
                "HOME",
                "home ",
            ),
            *("15/07/2017 09:30", "15/07/2017 9:30", " 15/07/2017 ", "Prys-Évans", "x" * 120, "\xa07", "00"),
            *('"', '""', '"a"', '"a,b"', '"a\r\nb"', '"a\nb"', '"a""b"', 'a"b', '"a"b', "\r", "\n", "\r\n", "é" * 60),
        ]
    ),
    st.text(alphabet='0123456789/: ,"\r\n\tABé\x81', max_size=8),
)
RECORD = st.lists(FIELD, min_size=0, max_size=7).map(",".join)
GOOD_RECORD = st.tuples(
    st.integers(0, 30).map(str),
    st.sampled_from(["7", '"7"', "0007"]),
    st.sampled_from(["15/07/2017", '"15/07/2017"', "01/01/1900", ""]),
    st.sampled_from(["HOME", '"HO\r\nME"', "other ", '""', '"a ""quoted"" word"']),
    st.sampled_from(["15/07/2017 09:30", ""]),
).map(",".join)
LINE_END = st.sampled_from(["\r\n", "\r\n", "\r\n", "\n", "\r\n\r\n"])
CONTENT = st.lists(st.tuples(st.one_of(GOOD_RECORD, GOOD_RECORD, RECORD), LINE_END), max_size=25).map(
    lambda lines: MOVE + "".join(record + end for record, end in lines)
)


@settings(max_examples=400, deadline=None)
@given(CONTENT, st.sampled_from([7, 64, 200, 1 << 20]), st.booleans())
def test_the_fast_reader_agrees_with_the_reference(text: str, chunk: int, has_last_break: bool) -> None:
    content = text.encode("cp1252", "replace").replace(b"\xc3\x9f", b"\x81")
    if not has_last_break:
        content = content.rstrip(b"\r\n")
    assert outcome(read_vectorised, content, rules(), chunk=chunk) == outcome(read_row_by_row, content, rules())


GUID_HEADER = b"schoolmoveid,personid,movedate,reason,createdon,modifiedon,owningauthority,legacyid,inactive\n"
GUID_ROW = b"A1,p,2018-05-01,HOME,2018-05-01T10:00:00Z,,W06000006,,0\n"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=6), st.integers(0, 250), st.sampled_from([3, 64, 1 << 20]), st.booleans())
def test_the_readers_agree_on_bytes_thrown_into_utf_8(junk: bytes, place: int, chunk: int, has_mark: bool) -> None:
    content = GUID_HEADER + GUID_ROW * 3
    content = content[:place] + junk.replace(b"\0", b"") + content[place:]
    content = b"\xef\xbb\xbf" * has_mark + content
    row_rules = rules("wccis", "schoolmove")
    assert outcome(read_vectorised, content, row_rules, chunk=chunk) == outcome(read_row_by_row, content, row_rules)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([16, 1 << 20]))
def test_the_readers_agree_on_any_bytes_and_lose_no_row(junk: bytes, chunk: int) -> None:
    content = MOVE.encode() + junk.replace(b"\0", b"")
    assert outcome(read_vectorised, content, rules(), chunk=chunk) == outcome(read_row_by_row, content, rules())
