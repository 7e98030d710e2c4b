"""The pages in a real browser: WCAG 2.2 AA in light and dark, on a phone, on paper, without an outside request."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from csc_warehouse.reporting.pages.check_catalogue import catalogue_page
from csc_warehouse.reporting.pages.quality_report import quality_page
from csc_warehouse.reporting.pages.worklists import worklist_page
from csc_warehouse.reporting.weekly import pages as weekly_pages
from csc_warehouse.reporting.weekly import scopes
from csc_warehouse.reporting.weekly.pack import lists
from expectations.catalogue import load_catalogue
from tests.support.browser import Scheme, chromium, opened, violations
from tests.support.debian import needs_program
from tests.support.nights import ORIGIN, TITLES, night, worklist
from tests.support.packs import PACK, work

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = needs_program("chromium", package="chromium")

PAGES: dict[str, Callable[[], str]] = {
    "published": lambda: quality_page(replace(night("published"), findings=[], duties=[]), TITLES),
    "caveats": lambda: quality_page(night("caveats"), TITLES),
    "held": lambda: quality_page(night("held", nights=30), TITLES),
    "held before anything was published": lambda: quality_page(replace(night("held", 1), seen_date=None), TITLES),
    "catalogue": lambda: catalogue_page(load_catalogue(), TITLES, ORIGIN),
    "worklist": lambda: worklist_page(worklist()),
    "worklist without an entry": lambda: worklist_page(replace(worklist(), items=[], as_at_date=datetime.date.max)),
    "weekly counts": lambda: weekly_pages.counts_page(PACK, scopes(PACK), None),
    "weekly list": lambda: weekly_pages.list_page(PACK, lists(PACK)[2], [work()] * 40, PACK.loads),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    written = {}
    for number, (name, page) in enumerate(PAGES.items()):
        written[name] = folder / f"{number}.html"
        written[name].write_text(page(), encoding="utf-8")
    return written


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", list(PAGES))
def test_page_when_judged_by_axe_then_has_no_barrier(
    browser: Browser, files: dict[str, Path], name: str, scheme: Scheme
) -> None:
    with opened(browser, files[name], scheme=scheme) as (page, asked):
        assert violations(page) == []
        assert asked == []


@pytest.mark.parametrize("name", ["held", "catalogue", "worklist", "weekly counts", "weekly list"])
def test_page_when_narrow_then_only_its_tables_scroll(browser: Browser, files: dict[str, Path], name: str) -> None:
    with opened(browser, files[name], width=320, height=640) as (page, _):
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_page_when_read_by_keyboard_then_the_first_stop_leads_to_the_content(
    browser: Browser, files: dict[str, Path]
) -> None:
    with opened(browser, files["held"]) as (page, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "To the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"


@pytest.mark.parametrize(("name", "width"), [("held", 703), ("weekly counts", 703), ("weekly list", 1032)])
def test_page_when_printed_then_nothing_is_cut_off_at_the_side(
    browser: Browser, files: dict[str, Path], name: str, width: int
) -> None:
    # A4 less its margins, upright or across, in the browser's own points
    with opened(browser, files[name], width=width, height=1000) as (page, _):
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.pdf(format="A4", tagged=True).startswith(b"%PDF")
