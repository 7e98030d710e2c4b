"""The pages in a real browser: WCAG 2.2 AA in light and dark, on a phone, on paper, without an outside request."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from csc_warehouse.reporting.pages.check_catalogue import catalogue_page
from csc_warehouse.reporting.pages.quality_report import quality_page
from csc_warehouse.reporting.pages.worklist import Worklist
from csc_warehouse.reporting.pages.worklists import worklist_page
from csc_warehouse.reporting.weekly import pages as weekly_pages
from csc_warehouse.reporting.weekly import scopes
from csc_warehouse.reporting.weekly.pack import lists
from csc_warehouse.texts import Texts
from expectations.catalogue import RegisteredIndicators, load_catalogue, matching
from tests.support.browser import Scheme, chromium, opened, violations
from tests.support.debian import needs_program
from tests.support.nights import ITEM, ORIGIN, TITLES, night, worklist
from tests.support.packs import PACK, work

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = needs_program("chromium", package="chromium")

WELSH = Texts("cy", "weekly")
WIDE = "e => e.scrollWidth > e.clientWidth + 1"


def _of_several_workers() -> Worklist:
    """Return corrections of two teams: four of three workers in the one, two of one worker in the other."""
    first = [replace(ITEM, worker=f"W{number % 3}", record_id=str(uuid.UUID(int=number))) for number in range(4)]
    items = [*first[:3], replace(first[3], worker="W1", is_first=False)]
    return replace(worklist(), items=[*items, *(replace(item, team="Tîm Plant") for item in items[:2])])


PAGES: dict[str, Callable[[], str]] = {
    "published": lambda: quality_page(replace(night("published"), findings=[], duties=[]), TITLES),
    "caveats": lambda: quality_page(night("caveats"), TITLES),
    "held": lambda: quality_page(night("held", nights=30), TITLES),
    "held before anything was published": lambda: quality_page(replace(night("held", 1), seen_date=None), TITLES),
    "catalogue": lambda: catalogue_page(load_catalogue(), TITLES, ORIGIN),
    "worklist": lambda: worklist_page(worklist()),
    "several workers": lambda: worklist_page(_of_several_workers()),
    "first night": lambda: quality_page(night("published", nights=1), TITLES),
    "worklist without an entry": lambda: worklist_page(replace(worklist(), items=[], as_at_date=datetime.date.max)),
    "weekly counts": lambda: weekly_pages.counts_page(PACK, scopes(PACK), None),
    "weekly list": lambda: weekly_pages.list_page(PACK, lists(PACK)[2], [work()] * 40, PACK.loads),
    "weekly counts in Welsh": lambda: weekly_pages.counts_page(PACK, scopes(PACK), None, WELSH, beside="en"),
    "weekly list with names": lambda: weekly_pages.list_page(
        PACK, lists(PACK)[2], [work(name="Jones, Alys Mair")], PACK.loads, WELSH, beside="en"
    ),
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


@pytest.mark.parametrize("width", [320, 390, 683], ids=["small phone", "phone", "twice as large on a laptop"])
@pytest.mark.parametrize("name", list(PAGES))
def test_page_when_narrow_or_enlarged_then_never_wider_than_the_screen(
    browser: Browser, files: dict[str, Path], name: str, width: int
) -> None:
    with opened(browser, files[name], width=width, height=640) as (page, _):
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", ["held", "catalogue", "worklist", "weekly counts", "weekly list"])
def test_rows_of_a_phone_s_page_when_read_then_each_value_stands_below_another_with_its_name(
    browser: Browser, files: dict[str, Path], name: str
) -> None:
    with opened(browser, files[name], width=390, height=844) as (page, _):
        assert page.evaluate(f"Array.from(document.querySelectorAll('.scroll')).filter({WIDE}).length") == 0
        cells = page.locator("tbody tr").first.locator("td")
        tops = [cell.bounding_box() for cell in cells.all()]
        assert len(tops) > 3
        assert len({box["y"] for box in tops if box}) == len(tops)
        named = page.evaluate("Array.from(document.querySelectorAll('.cards td')).every(c => c.dataset.label)")
        assert named


def test_what_must_be_left_out_when_looked_at_then_as_large_as_the_answer(
    browser: Browser, files: dict[str, Path]
) -> None:
    with opened(browser, files["caveats"]) as (page, _):
        sizes = page.locator(".verdict .answer").evaluate_all("found => found.map(e => getComputedStyle(e).fontSize)")
        assert len(sizes) == 2
        assert len(set(sizes)) == 1
        assert "Contacts with a decision within 24 hours" in page.locator(".leave-out").inner_text()


def test_worklist_when_filtered_then_the_rows_of_others_are_gone_without_a_script(
    browser: Browser, files: dict[str, Path]
) -> None:
    with opened(browser, files["several workers"]) as (page, _):
        rows = page.locator("tbody tr")
        assert rows.count() == 6
        page.get_by_label("Worker").first.select_option("W1 (2)")
        assert [row.inner_text().split()[0] for row in rows.all() if row.is_visible()].count("First") == 3
        assert sum(row.is_visible() for row in rows.all()) == 4, "the other team's stay"
        page.get_by_label("Weight").first.select_option(index=1)
        assert sum(row.is_visible() for row in rows.all()) == 3
        page.get_by_label("Worker").first.select_option("All")
        page.get_by_label("Weight").first.select_option("All")
        assert all(row.is_visible() for row in rows.all())


def test_catalogue_when_searched_by_figure_and_owner_then_only_those_checks_stand(
    browser: Browser, files: dict[str, Path]
) -> None:
    with opened(browser, files["catalogue"]) as (page, _):
        page.get_by_label("Figure", exact=True).select_option("Children looked after (LAC01)")
        page.get_by_label("Weight", exact=True).select_option("For information")
        shown = page.evaluate(
            "Array.from(document.querySelectorAll('tbody tr')).filter(r => r.getClientRects().length).map(r => r.id)"
        )
        catalogue = load_catalogue()
        register = RegisteredIndicators(tuple(TITLES))
        assert shown
        assert set(shown) == {
            check.code
            for check in catalogue
            if check.severity == "info" and "LAC01" in matching(check.indicators, register)
        }


def test_catalogue_when_searched_by_a_word_then_only_the_checks_that_say_it_stand_and_no_empty_group(
    browser: Browser, files: dict[str, Path]
) -> None:
    with opened(browser, files["catalogue"]) as (page, _):
        words = page.get_by_label("Word (type its first letters)", exact=True)
        words.focus()
        # as a person finds it: by typing the first letters
        page.keyboard.type("midn")
        chosen = words.locator("option:checked").inner_text()
        shown = page.evaluate(
            "Array.from(document.querySelectorAll('tbody tr')).filter(r => r.getClientRects().length)"
            ".map(r => r.innerText.toLowerCase())"
        )
        assert chosen == f"midnight ({len(shown)})"
        assert shown
        assert all("midnight" in row for row in shown)
        assert page.evaluate(
            "Array.from(document.querySelectorAll('.group')).every(g => !g.getClientRects().length"
            " || Array.from(g.querySelectorAll('tbody tr')).some(r => r.getClientRects().length))"
        )
        every = page.evaluate("Array.from(document.querySelectorAll('tbody tr')).map(r => r.textContent.toLowerCase())")
        assert sum("midnight" in row for row in every) == len(shown)


def test_filter_when_reached_by_keyboard_then_it_shows_where_it_is_and_is_obeyed(
    browser: Browser, files: dict[str, Path]
) -> None:
    with opened(browser, files["several workers"]) as (page, _):
        for _ in range(10):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.tagName") == "SELECT":
                break
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("ArrowDown")
        assert sum(row.is_visible() for row in page.locator("tbody tr").all()) < 6


def test_page_when_read_by_keyboard_then_the_first_stop_leads_to_the_content(
    browser: Browser, files: dict[str, Path]
) -> None:
    with opened(browser, files["held"]) as (page, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "To the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"


@pytest.mark.parametrize(("name", "width"), [("held", 703), ("first night", 703), ("several workers", 1032)])
def test_page_when_printed_then_nothing_is_cut_off_at_the_side(
    browser: Browser, files: dict[str, Path], name: str, width: int
) -> None:
    # A4, upright or across, less its margins, in the browser's own points
    with opened(browser, files[name], width=width, height=1000) as (page, _):
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert (
            page.evaluate(f"Array.from(document.querySelectorAll('td, tbody th, .scroll')).filter({WIDE}).length") == 0
        )
        assert (
            page.evaluate(
                "Array.from(document.querySelectorAll('.tall')).filter(e => e.scrollHeight > e.clientHeight + 2).length"
            )
            == 0
        )
        assert not page.locator("select:visible").count()
        assert page.pdf(format="A4", tagged=True).startswith(b"%PDF")
