"""Native values as the texts of a source's files."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal

import pytest

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.canonical import canonical_function
from csc_warehouse.sources.replica_text import plain, writer_of

UTC = datetime.UTC


def naive(*parts: int) -> datetime.datetime:
    """Return a time without an offset, as most databases keep it."""
    return datetime.datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[arg-type, misc]


SUMMER_NIGHT = datetime.datetime(2018, 6, 30, 23, 30, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "entity", "column", "value", "expected"),
    [
        ("raise", "contact", "contact_no", 42, "42"),
        ("raise", "contact", "contact_no", Decimal("42.00"), "42"),
        ("raise", "contact", "contact_no", 42.0, "42"),
        ("raise", "contact", "contact_no", "0000042", "0000042"),
        ("raise", "contact", "contact_no", None, ""),
        ("raise", "contact", "received", naive(2018, 7, 1, 0, 30, 59), "01/07/2018 00:30"),
        # 23:30 UTC of a summer night is half past midnight of the next day in Wales
        ("raise", "contact", "received", SUMMER_NIGHT, "01/07/2018 00:30"),
        ("raise", "contact", "received", datetime.date(2018, 7, 1), "01/07/2018 00:00"),
        ("raise", "contact", "received", "2018-07-01 00:30:10.123", "01/07/2018 00:30"),
        ("raise", "contact", "received", "01/07/2018 00:30", "01/07/2018 00:30"),
        ("raise", "client", "dob", naive(2008, 2, 29), "29/02/2008"),
        ("raise", "client", "dob", datetime.date(988, 2, 28), "28/02/0988"),
        ("raise", "client", "dob", "2008-02-30", "2008-02-30"),
        ("raise", "client", "dob", "unknown", "unknown"),
        ("raise", "client", "disabled", True, "Y"),
        ("raise", "client", "disabled", False, "N"),
        ("raise", "client", "surname", "  Ann ", "  Ann "),
        ("wccis", "contact", "contactreceiveddatetime", SUMMER_NIGHT, "2018-06-30T23:30:59Z"),
        ("wccis", "contact", "contactreceiveddatetime", naive(2018, 6, 30, 23, 30), "2018-06-30T23:30:00Z"),
        ("wccis", "contact", "contactreceiveddatetime", "2018-06-30 23:30:00", "2018-06-30T23:30:00Z"),
        ("wccis", "contact", "contactid", uuid.UUID(int=10), "00000000-0000-0000-0000-00000000000a"),
        ("wccis", "contact", "inactive", False, "0"),
        ("wccis", "person", "isdisabled", True, "1"),
        ("wccis", "person", "dateofbirth", SUMMER_NIGHT, "2018-07-01"),
    ],
)
def test_a_native_value_is_written_as_the_files_write_it(
    source: str, entity: str, column: str, value: object, expected: str
) -> None:
    contract = load_contracts((source,))[source]
    found = contract.entities[entity].by_name[column]
    assert writer_of(found, contract.text, contract.code_lists)(value) == expected


def test_the_same_key_as_a_number_is_the_same_key() -> None:
    contract = load_contracts(("raise",))["raise"]
    column = contract.entities["contact"].by_name["contact_no"]
    canonical = canonical_function(column, contract.text)
    written = writer_of(column, contract.text, contract.code_lists)(42)
    assert canonical(written) == canonical("0000042")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1e-7, "0.0000001"),
        (12345678901234567890, "12345678901234567890"),
        (b"\x0a\xff", "0aff"),
        (Decimal("1E+3"), "1000"),
    ],
)
def test_plain_text_of_numbers_and_bytes(value: object, expected: str) -> None:
    assert plain(value) == expected
