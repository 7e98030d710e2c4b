"""The canonical text of a value: what decides whether a row changed, and whether it can be read."""

from __future__ import annotations

import datetime

import pytest

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.canonical import (
    UNREADABLE,
    boolean,
    canonical_function,
    code,
    codes,
    future_from,
    guid,
    key,
    number,
    plain,
)
from csc_warehouse.contracts.model import Column, ColumnType, TextFormat

DAY_FIRST = TextFormat(encoding="windows-1252", dates="day_first", null_dates=("01/01/1900",))
ISO = TextFormat(encoding="utf-8-with-mark", dates="iso")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [("0000042", "42"), ("42", "42"), (" 0042 ", "42"), ("0000000", "0"), ("", ""), ("   ", ""), ("A007", "A007")],
)
def test_key_compares_without_leading_zeros(sent: str, expected: str) -> None:
    assert key(sent) == expected


def test_guid_compares_in_lower_case_and_leaves_other_letters_alone() -> None:
    assert guid(" 74C506E9-0cb6-6825 ") == "74c506e9-0cb6-6825"
    assert guid("ÀB") == "Àb"


def test_code_loses_stray_spaces_and_case() -> None:
    assert code(" Iaa\t") == "IAA"
    assert codes("phy + NEG") == "NEG+PHY"
    assert codes("NEG") == "NEG"


def test_boolean_reads_the_words_of_databases() -> None:
    assert [boolean(text) for text in ("true", "False", "1", "0", "")] == ["1", "0", "1", "0", ""]


def test_text_keeps_its_inner_line_breaks_in_one_form() -> None:
    assert plain(" line one\r\nline two\rthree ") == "line one\nline two\nthree"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("1", "1"),
        ("01", "1"),
        ("1.0", "1"),
        ("+1.50", "1.5"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("000", "0"),
        (".5", "0.5"),
        ("1103000", "1103000"),
        ("", ""),
        ("1,103,000", UNREADABLE),
        ("one", UNREADABLE),
        ("1e3", UNREADABLE),
        ("\u0661", UNREADABLE),
    ],
)
def test_number_loses_needless_zeros(sent: str, expected: str) -> None:
    assert number(sent) == expected


def read(kind: ColumnType, text: TextFormat, sent: str) -> str:
    column = Column(name="x", type=kind, max_length=40)
    return canonical_function(column, text)(sent)


@pytest.mark.parametrize(
    ("kind", "sent", "expected"),
    [
        ("date", "30/09/2017", "2017-09-30"),
        ("date", " 30/09/2017 ", "2017-09-30"),
        ("date", "29/02/2016", "2016-02-29"),
        ("date", "29/02/2017", UNREADABLE),
        ("date", "31/04/2017", UNREADABLE),
        ("date", "2017-09-30", UNREADABLE),
        ("date", "1/4/2017", UNREADABLE),
        ("date", "30/09/17", UNREADABLE),
        ("date", "30/09/2017 10:00", UNREADABLE),
        ("date", "01/01/1900", ""),
        ("date", "01/01/1900 00:00", ""),
        ("date", "00/00/0000", UNREADABLE),
        ("date", "", ""),
        ("time", "30/09/2017 23:59", "2017-09-30T23:59"),
        ("time", "30/09/2017 24:00", UNREADABLE),
        ("time", "30/09/2017 10:60", UNREADABLE),
        ("time", "30/09/2017", UNREADABLE),
        ("time", "01/01/1900 00:00", ""),
        ("time", "01/01/1900", ""),
        ("time", "26/03/2017 01:30", "2017-03-26T01:30"),
    ],
)
def test_raise_dates_and_times(kind: ColumnType, sent: str, expected: str) -> None:
    assert read(kind, DAY_FIRST, sent) == expected


@pytest.mark.parametrize(
    ("kind", "sent", "expected"),
    [
        ("date", "2018-09-30", "2018-09-30"),
        ("date", "2018-02-30", UNREADABLE),
        ("date", "1900-01-01", "1900-01-01"),
        ("date", "30/09/2018", UNREADABLE),
        ("time", "2018-09-30T22:15:00Z", "2018-09-30T22:15:00Z"),
        ("time", "2018-09-30T22:15Z", "2018-09-30T22:15:00Z"),
        ("time", "2018-09-30T23:15:00+01:00", "2018-09-30T22:15:00Z"),
        ("time", "2018-09-30T22:15:00.000Z", "2018-09-30T22:15:00Z"),
        ("time", "2018-09-30T22:15:00", UNREADABLE),
        ("time", "2018-09-30", UNREADABLE),
        ("time", "2018-09-30T25:15:00Z", UNREADABLE),
        ("time", "0001-01-01T00:00:00+14:00", UNREADABLE),
    ],
)
def test_wccis_dates_and_times(kind: ColumnType, sent: str, expected: str) -> None:
    assert read(kind, ISO, sent) == expected


def test_the_future_begins_at_local_midnight() -> None:
    # 30 September 2018 ends in summer time: midnight is 23:00Z of the same day
    time = Column(name="x", type="time", max_length=40)
    assert future_from(time, ISO, datetime.date(2018, 9, 30)) == "2018-09-30T23:00:00"
    assert future_from(time, ISO, datetime.date(2018, 12, 31)) == "2019-01-01T00:00:00"
    assert future_from(time, DAY_FIRST, datetime.date(2018, 9, 30)) == "2018-10-01"


@pytest.mark.parametrize("kind", ["date", "time"])
@pytest.mark.parametrize("text", [ISO, DAY_FIRST])
def test_the_last_and_the_first_days_that_there_are_have_a_day_after_or_none(
    kind: ColumnType, text: TextFormat
) -> None:
    column = Column(name="x", type=kind, max_length=40)
    assert future_from(column, text, datetime.date.max) > "9999-12-31T23:59:59Z"
    for day, after in ((datetime.date(9999, 12, 30), "9999-12-31"), (datetime.date.min, "0001-01-02")):
        assert future_from(column, text, day).startswith(after)
        assert future_from(column, text, day) > day.isoformat()


def test_no_contract_has_a_type_without_a_reader() -> None:
    for contract in load_contracts(("raise", "wccis", "corporate")).values():
        for entity in contract.entities.values():
            for column in entity.columns:
                assert canonical_function(column, contract.text)("") == ""
