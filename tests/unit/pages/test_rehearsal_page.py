"""The rehearsal's page and spreadsheet: the answer first, everything escaped, nothing calculated."""

from __future__ import annotations

import datetime
import io
from pathlib import Path

from openpyxl import load_workbook

from csc_warehouse.reporting.pages.rehearsal import MOST_SHOWN, PAGE, WORKBOOK, write
from csc_warehouse.reporting.rehearsal import Part, Rehearsal
from csc_warehouse.settings import Config

PARTS = [
    Part("By entity", "Each fact once.", ["Entity", "Facts now"], [["contacts", "12"]]),
    Part("Facts that would be gone", "Two.", ["Entity", "Number"], [["<b>plans</b>", "=1+1"]] * (MOST_SHOWN + 1)),
    Part("Figures that would differ", "None.", ["Indicator"], []),
]
REHEARSAL = Rehearsal("cofnod", "cofnod", "W06000006", datetime.date(2020, 4, 5), PARTS, ["Nothing would change."])


def test_page_and_spreadsheet_hold_the_parts_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    page, book = write(tmp_path, REHEARSAL, Config())
    assert (page.name, book.name) == (PAGE, WORKBOOK)
    assert [oct(path.stat().st_mode & 0o777) for path in (page, book)] == ["0o600", "0o600"]
    text = page.read_text()
    assert "Nothing would change." in text
    assert "5 April 2020" in text
    assert "<b>plans" not in text
    assert text.count("&lt;b&gt;plans") == MOST_SHOWN
    opened = load_workbook(io.BytesIO(book.read_bytes()))
    assert opened.sheetnames == ["About", "By entity", "Facts that would be gone", "Figures that would differ"]
    gone = opened["Facts that would be gone"]
    assert gone.max_row == MOST_SHOWN + 2
    assert gone["B2"].data_type == "s"
    assert gone["B2"].value == "=1+1"
