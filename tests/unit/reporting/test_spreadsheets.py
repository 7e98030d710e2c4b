"""What a spreadsheet opens is never calculated, and holds no character that nobody sees."""

from __future__ import annotations

import pytest

from csc_warehouse.reporting.spreadsheets import harmless, visible


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+44 1978", "'+44 1978"),
        ("-cmd", "'-cmd"),
        ("\t=1+1", "' =1+1"),
        ("\r\n=1+1", "' =1+1"),
        ("  =1+1", "'  =1+1"),
        ("-3.2", "-3.2"),
        ("+1,204", "+1,204"),
        ("-0.4%", "-0.4%"),
        ("-", "-"),
        ("Ynys Môn", "Ynys Môn"),
        ("", ""),
        (-3, -3),
        (None, None),
    ],
)
def test_text_that_would_be_calculated_is_marked_and_numbers_stay(value: object, expected: object) -> None:
    assert harmless(value) == expected


def test_control_characters_are_seen() -> None:
    assert visible("a\x00b\x1b[31mc\x7fd\x9fe\ufffef\ud800g") == "a\ufffdb\ufffd[31mc\ufffdd\ufffde\ufffdf\ufffdg"
    assert visible("one\r\ntwo\tthree") == "one two three"
