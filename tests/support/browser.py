"""A real browser for tests of pages: Debian's Chromium, driven without anything being downloaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tests.support.debian import program_path

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Scheme = Literal["light", "dark"]


@contextmanager
def chromium(further: Sequence[str] = ()) -> Iterator[Browser]:
    """Yield a running, headless Chromium, with further arguments of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program_path("chromium"), args=[*ARGUMENTS, *further])
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser, path: Path, *, scheme: Scheme = "light", width: int = 1366, height: int = 768
) -> Iterator[tuple[Page, list[str]]]:
    """Open a file and yield the page with the addresses, other than its own, that it asked for."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
    asked: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    asked.remove(path.as_uri())
    yield page, asked
    context.close()


def violations(page: Page) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA and good practice: the rule, and where."""
    from axe_playwright_python.sync_playwright import Axe

    # of what is right one place each is enough: axe words a path to every one of thousands
    wanted = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=wanted).response
    assert len(found["passes"]) > 10, "axe looked at nothing"
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
