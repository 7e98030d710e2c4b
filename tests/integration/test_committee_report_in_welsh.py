"""The committee report in Welsh says what the English one says, figure by figure, and nothing of it in English."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from csc_warehouse import stewardship
from tests.conftest import Night
from tests.support.browser import chromium, opened, violations
from tests.support.debian import needs_program
from tests.support.english import ENGLISH_WORDS, is_code
from tests.support.report_page import Page, read
from tests.support.spoken import said

PERIODS = ("2017/18 H1", "2018/19 H1")
NUMBERS = re.compile(r"\d[\d,.]*\d|\d")
OTHER_LANGUAGE = "This report in English"


@dataclass(frozen=True)
class Both:
    """The pages of one report in both languages."""

    english: Path
    welsh: Path

    def read(self) -> tuple[Page, Page]:
        """Return both as a reader gets them."""
        return read(self.english.read_text(encoding="utf-8")), read(self.welsh.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=PERIODS)
def both(request: pytest.FixtureRequest, sample_night: Night, tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Write the report of a half year in both languages."""
    folder = tmp_path_factory.mktemp("report")
    english, welsh, _ = stewardship.write_report(request.param, folder, settings=sample_night.settings)
    return Both(Path(english), Path(welsh))


def test_tables_when_compared_with_the_english_ones_then_hold_the_same_figures(both: Both) -> None:
    """What the English page holds is compared with SQL, and with what the council published, beside this file."""
    english, welsh = both.read()
    assert list(welsh.tables) == list(english.tables)
    compared = 0
    for name, tables in english.tables.items():
        for rows, spoken in zip(tables, welsh.tables[name], strict=True):
            for row, other in zip(rows, spoken, strict=True):
                for cell, same in zip(row.cells, other.cells, strict=True):
                    compared += 1
                    assert NUMBERS.findall(cell.text) == NUMBERS.findall(same.text), (name, row.name, cell.label)
                    for told, again in zip(cell.terms, same.terms, strict=True):
                        assert sorted(NUMBERS.findall(told)) == sorted(NUMBERS.findall(again))
    assert compared > 1000


def test_first_page_and_drawings_when_compared_with_the_english_ones_then_say_the_same_numbers(both: Both) -> None:
    english, welsh = both.read()
    for (_, says), (_, spoken) in zip(english.answer, welsh.answer, strict=True):
        assert sorted(NUMBERS.findall(says)) == sorted(NUMBERS.findall(spoken))
    assert list(welsh.drawings) == list(english.drawings)
    for name, says in english.drawings.items():
        assert sorted(NUMBERS.findall(says)) == sorted(NUMBERS.findall(welsh.drawings[name]))


def test_text_when_read_then_no_english_is_left_but_names_and_codes(both: Both) -> None:
    welsh = said(both.welsh.read_text(encoding="utf-8"))
    english = {each.text for each in said(both.english.read_text(encoding="utf-8"))}
    assert {each.text for each in welsh if each.language != "cy"} == {OTHER_LANGUAGE}
    spoken = [each.text for each in welsh if each.language == "cy"]
    assert len(spoken) > 2000
    assert {text for text in spoken if text in english and not is_code(text)} == set()
    assert [text for text in spoken if ENGLISH_WORDS.search(text)] == []


def test_page_when_asked_for_alone_then_has_no_link_to_another(sample_night: Night, tmp_path: Path) -> None:
    page, data = stewardship.write_report(PERIODS[0], tmp_path, language="cy", settings=sample_night.settings)
    assert Path(page).name.endswith(".cy.html")
    assert Path(data).suffix == ".csv"
    assert "hreflang" not in Path(page).read_text(encoding="utf-8")


@needs_program("chromium", package="chromium")
def test_page_when_opened_wide_and_narrow_then_its_longer_words_fit(both: Both) -> None:
    with chromium() as browser, opened(browser, both.welsh) as (shown, requested):
        # rules of access look at the same elements as in the English page: once is enough
        assert both.welsh.name.startswith("2017") or violations(shown) == []
        assert requested == []
        for width in (1366, 390):
            shown.set_viewport_size({"width": width, "height": 844})
            assert shown.evaluate("document.documentElement.scrollWidth") <= width
