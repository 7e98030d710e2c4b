"""Signed reports are kept as they were written, and served as such whatever the software or the layout says later."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from csc_warehouse import layouts
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.reporting import committee, page_locations
from csc_warehouse.reporting.report import formats, frozen
from csc_warehouse.reporting.report.blocks import Report
from csc_warehouse.settings import Config, Settings
from csc_warehouse.texts import LANGUAGES
from tests.support import report_book

WREXHAM = "W06000006"
NAMES = ("2018-19-H1-release-7.html", "2018-19-H1-release-7.csv")
FILES = {NAMES[0]: b"<p><strong>Signed off by Jo</strong></p>", NAMES[1]: b"display\r\n5,677\r\n"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of an empty home with an empty overlay."""
    (tmp_path / "overlay").mkdir()
    return Settings(
        home=tmp_path / "home",
        database_url=None,
        exports=tmp_path,
        key_file=tmp_path / "key",
        is_key_made_on_first_use=True,
        config=Config(),
        overlay=tmp_path / "overlay",
    )


def _lay_over(settings: Settings, text: str) -> None:
    assert settings.overlay is not None
    (settings.overlay / layouts.FILE).write_text(text, encoding="utf-8")


def test_files_when_kept_then_come_back_byte_for_byte_for_that_decision_alone(settings: Settings) -> None:
    assert frozen.kept(settings, WREXHAM, 3, NAMES) is None
    frozen.keep(settings, WREXHAM, 3, FILES)
    assert frozen.kept(settings, WREXHAM, 3, NAMES) == FILES
    assert frozen.kept(settings, WREXHAM, 4, NAMES) is None
    assert frozen.kept(settings, "W06000001", 3, NAMES) is None


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_file_when_it_is_no_longer_what_was_signed_then_says_so_and_what_to_do(settings: Settings, damage: str) -> None:
    frozen.keep(settings, WREXHAM, 3, FILES)
    path = frozen.folder(settings, WREXHAM, 3) / NAMES[0]
    if damage == "changed":
        path.write_bytes(b"<p>5,678</p>")
    else:
        path.unlink()
    with pytest.raises(CscWarehouseError, match="is no longer what was signed: restore it from a backup"):
        frozen.kept(settings, WREXHAM, 3, NAMES)


def test_files_when_the_keeping_was_killed_before_its_digests_then_count_for_nothing(settings: Settings) -> None:
    frozen.keep(settings, WREXHAM, 3, FILES)
    (frozen.folder(settings, WREXHAM, 3) / f"{NAMES[0]}.{frozen.SUMS}").unlink()
    assert frozen.kept(settings, WREXHAM, 3, NAMES) is None


def test_report_when_an_earlier_version_wrote_it_after_the_signature_then_it_is_served(settings: Settings) -> None:
    place = page_locations.committee_reports(settings) / WREXHAM
    place.mkdir(parents=True)
    for name, content in FILES.items():
        (place / name).write_bytes(content)
    assert frozen.kept(settings, WREXHAM, 3, NAMES) == FILES
    # and kept from then on, whatever becomes of where reports are read
    (place / NAMES[1]).unlink()
    assert frozen.kept(settings, WREXHAM, 3, NAMES) == FILES


def test_report_when_it_was_written_before_the_signature_then_it_is_none_of_it(settings: Settings) -> None:
    place = page_locations.committee_reports(settings) / WREXHAM
    place.mkdir(parents=True)
    (place / NAMES[1]).write_bytes(FILES[NAMES[1]])
    (place / NAMES[0]).write_bytes(b"<p><strong>Working copy: nobody has signed these figures off.</strong></p>")
    assert frozen.kept(settings, WREXHAM, 3, NAMES) is None


def test_layout_when_the_release_was_signed_then_stays_what_it_was(settings: Settings) -> None:
    _lay_over(settings, "order: [reviews]\n")
    frozen.keep_layout(settings, WREXHAM, 3)
    _lay_over(settings, "order: [budget]\n")
    frozen.keep_layout(settings, WREXHAM, 3)
    assert frozen.layout_of(settings, WREXHAM, 3) == "order: [reviews]\n"
    assert frozen.layout_of(settings, WREXHAM, 4) == "order: [budget]\n"


def test_layout_when_nothing_was_laid_over_at_the_signature_then_is_as_shipped(settings: Settings) -> None:
    frozen.keep_layout(settings, WREXHAM, 3)
    _lay_over(settings, "order: [budget]\n")
    assert frozen.layout_of(settings, WREXHAM, 3) is None


def _written(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, says: str, lacks: str = "", **asked: Any
) -> dict[str, bytes]:
    """Write the report of a signed release by a version of the software that says something of its own."""

    def written(report: Report, form: str) -> bytes:
        if form == lacks:
            raise CscWarehouseError(f"A {form} needs the library Pango.")
        return f"{says} {report.texts.language} {form}".encode()

    published = SimpleNamespace(code_version="1", code_address=None)
    chosen = committee.Chosen(WREXHAM, 7, "2017/18 H1", published, (), (report_book.SIGNATURE,))
    read = {language: report_book.report(language=language) for language in LANGUAGES}
    monkeypatch.setattr(committee, "choose", lambda *_: chosen)
    monkeypatch.setattr(committee, "read", lambda connection, warehouse, chosen, language: read[language])
    monkeypatch.setattr(committee, "as_page", lambda report: f"{says} {report.texts.language} page")
    monkeypatch.setattr(formats, "written", written)
    warehouse: Any = SimpleNamespace(settings=settings, transaction=lambda: nullcontext(MagicMock()))
    out = settings.home / says
    paths = committee.write(warehouse, period=None, out=out, release_id=None, authority_code=WREXHAM, **asked)
    return {path.name.removeprefix("2017-18-H1-release-7"): path.read_bytes() for path in paths}


def test_signed_report_when_it_was_written_in_a_format_then_that_file_is_served_ever_after(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _written(settings, monkeypatch, "first", asked=("html", "csv", "xlsx"))
    assert list(first) == [".html", ".csv", ".xlsx"]
    assert first[".xlsx"] == b"first en xlsx"
    later = _written(settings, monkeypatch, "later", asked=formats.ALL, languages=LANGUAGES)
    assert list(later) == [".html", ".cy.html", ".csv", ".xlsx", ".cy.xlsx", ".docx", ".cy.docx", ".pdf", ".cy.pdf"]
    assert {name: later[name] for name in first} == first
    # both pages were kept at first, since each links to the other
    assert later[".cy.html"] == b"first cy page"
    # a format, or a language of one, that is asked for later is written then, and kept from then on
    assert (later[".cy.xlsx"], later[".pdf"]) == (b"later cy xlsx", b"later en pdf")
    assert _written(settings, monkeypatch, "last", asked=formats.ALL, languages=LANGUAGES) == later


def test_signed_report_when_a_pdf_cannot_be_set_then_every_other_file_is_written_and_kept(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CscWarehouseError, match="needs the library"):
        _written(settings, monkeypatch, "first", lacks="pdf", asked=("pdf", "docx", "csv"))
    assert _written(settings, monkeypatch, "later", asked=("docx",)) == {".docx": b"first en docx"}


def test_layout_of_the_board_when_signed_then_is_kept_beside_that_of_the_committee(settings: Settings) -> None:
    _lay_over(settings, "order: [reviews]\n")
    assert settings.overlay is not None
    own = settings.overlay / layouts.BOARD
    own.write_text("order: [chain]\n", encoding="utf-8")
    frozen.keep_layout(settings, WREXHAM, 3)
    own.write_text("order: [enquiries]\n", encoding="utf-8")
    assert frozen.layout_of(settings, WREXHAM, 3, layouts.BOARD) == "order: [chain]\n"
    assert frozen.layout_of(settings, WREXHAM, 3) == "order: [reviews]\n"
    assert frozen.layout_of(settings, WREXHAM, 4, layouts.BOARD) == "order: [enquiries]\n"
