"""The pages of a finished night in a real browser: as people get them, with all their rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from csc_warehouse.reporting import page_locations
from tests.conftest import Night
from tests.support.browser import chromium, opened, violations
from tests.support.debian import needs_program

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = needs_program("chromium", package="chromium")
WREXHAM = "W06000006"
A4_LANDSCAPE, A4_PORTRAIT = 1032, 703
"""Their widths less the margins, in the browser's own points."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def pages(sample_night: Night) -> dict[str, Path]:
    settings = sample_night.settings
    data_docs = page_locations.data_docs(settings)
    return {
        "quality": next(page_locations.quality_reports(settings).glob("*/*/index.html")),
        "catalogue": page_locations.catalogue(settings),
        "worklist": page_locations.worklist(settings, WREXHAM),
        "data docs": data_docs / "index.html",
        "a delivery": max(data_docs.glob("*/door-*")),
    }


@pytest.mark.parametrize("name", ["quality", "catalogue", "worklist", "data docs", "a delivery"])
def test_page_of_a_night_when_judged_by_axe_then_has_no_barrier(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    with opened(browser, pages[name]) as (page, asked):
        if name == "worklist":
            assert page.locator("tbody tr").count() > 200
        assert violations(page) == []
        assert asked == []


@pytest.mark.parametrize(
    ("name", "width"), [("worklist", A4_LANDSCAPE), ("catalogue", A4_LANDSCAPE), ("quality", A4_PORTRAIT)]
)
def test_page_when_printed_then_no_column_is_cut_off(
    browser: Browser, pages: dict[str, Path], name: str, width: int
) -> None:
    with opened(browser, pages[name], width=width, height=700) as (page, _):
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        wide = "c => c.scrollWidth > c.clientWidth + 1"
        assert page.evaluate(f"Array.from(document.querySelectorAll('td, tbody th')).filter({wide}).length") == 0


def test_tables_of_a_worklist_when_compared_then_their_columns_stand_below_each_other(
    browser: Browser, pages: dict[str, Path]
) -> None:
    with opened(browser, pages["worklist"]) as (page, _):
        lefts = page.evaluate(
            "Array.from(document.querySelectorAll('table')).map(t => Array.from(t.querySelectorAll('thead th'))"
            ".map(h => Math.round(h.getBoundingClientRect().left)).join(' '))"
        )
        assert len(lefts) > 5
        assert len(set(lefts)) == 1
