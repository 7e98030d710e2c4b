"""The page with all that is held about a child: by section, escaped, readable by its owner alone."""

from __future__ import annotations

import datetime
import stat
from pathlib import Path

import pytest

from csc_warehouse.errors import UsageError
from csc_warehouse.reporting.pages.subject import Section, as_section, write
from csc_warehouse.settings import Config

MADE_ON = datetime.date(2018, 12, 31)


def page(out: Path, *sections: Section) -> str:
    path = write(out, sections, authority_name="Wrexham", made_on=MADE_ON, config=Config())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return path.read_text(encoding="utf-8")


def test_each_section_is_a_heading_with_a_table_and_what_is_blank_is_left_out(tmp_path: Path) -> None:
    section = as_section(
        "RAISe: client", "As it was sent.", ["client_no", "upn", "dob"], [["42", "", "<b>"], ["42", None, "x"]]
    )
    content = page(tmp_path / "request", section, Section("Rows that could not be read", "Set apart.", ["Row"], []))
    assert section.headings == ["client no", "dob"]
    assert '<a href="#section-1">RAISe: client</a>' in content
    assert '<th scope="row">42</th><td>&lt;b&gt;</td>' in content
    assert "<p>Nothing.</p>" in content
    assert "31 December 2018" in content


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="name a folder of your own"):
        page(tmp_path / "file" / "below")
