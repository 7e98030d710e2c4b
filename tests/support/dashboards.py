"""Superset over a finished night, and its dashboards as a browser gets them."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from csc_warehouse.settings import PROJECT_DIRECTORY, Settings
from csc_warehouse.warehouse import serving

sys.path.insert(0, str(PROJECT_DIRECTORY / "scripts"))

import processes
import superset_assets
import superset_service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request, Response

__all__ = [
    "FLINTSHIRE",
    "PICTURES",
    "SLUGS",
    "WREXHAM",
    "Running",
    "Visit",
    "chart_files",
    "dashboard_files",
    "free_port",
    "person",
    "processes",
    "publish_second_authority",
    "superset_assets",
    "superset_service",
    "visit",
]
WREXHAM, FLINTSHIRE = "W06000006", "W06000005"
SLUGS = ("front-door", "looked-after-and-protected", "scorecard")
PICTURES = PROJECT_DIRECTORY / ".pytest_cache" / "superset"
"""Where the pictures of a test's dashboards lie afterwards, to be looked at."""
DRAWN_WITHIN_MILLISECONDS = 120_000
STILL = 4
"""How many looks in a row must find it drawn: the choice of an authority asks for every chart anew."""
WIDTH, TALL = 1600, 4200
"""Of the window: a chart is asked for when it comes into sight, so that all of a dashboard is."""
SECOND_AUTHORITY = """
    insert into release.{table} ({columns})
    select {selected} from release.{table} as s
    where s.authority_code = %(known)s
"""


@dataclass(frozen=True)
class Running:
    """Superset of a home, as the tests meet it."""

    settings: Settings
    address: str
    where: superset_service.Place

    def password(self, account: str) -> str:
        """Return the password of one of its accounts."""
        return self.where.password_file(account).read_text()

    def session(self, account: str) -> superset_assets.Session:
        """Log in to its interface."""
        return superset_assets.Session(self.address, account, self.password(account))

    def rows(self, statement: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Ask the server by SQL, as the login that Superset has."""
        url = serving.address(self.settings, superset_service.LOGIN).set(drivername="postgresql")
        password = (self.where.folder / "logins" / superset_service.LOGIN).read_text()
        with psycopg.connect(url.render_as_string(hide_password=False), password=password) as connection:
            return connection.execute(statement.encode(), parameters).fetchall()


@dataclass
class Visit:
    """What a browser asked for and got when it opened a dashboard."""

    asked: list[str] = field(default_factory=list)
    """Addresses of every request that left the page, but for those that its policy stopped."""
    stopped: list[str] = field(default_factory=list)
    """Addresses that the page named and the content policy stopped."""
    policy: str = ""
    charts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """The rows that each chart was drawn from, by its uuid."""
    faults: list[str] = field(default_factory=list)
    text: str = ""


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def publish_second_authority(connection: psycopg.Connection) -> None:
    """Publish the night's figures once more, as another council's: each a thousand higher, each printed with an F."""
    release_id = connection.execute("select release_id from release.pointer").fetchone()
    assert release_id is not None
    for table in ("reporting__rpt_scorecard", "reporting__rpt_indicator_series"):
        found = connection.execute(
            "select column_name from information_schema.columns where table_schema = 'release' and table_name = %s",
            [table],
        ).fetchall()
        names = [str(name) for (name,) in found]
        changed = {
            "authority_code": "%(second)s",
            "value": "s.value + 1000",
            "display": "case when s.value is null then s.display else 'F' || s.display end",
        }
        statement = SECOND_AUTHORITY.format(
            table=table,
            columns=", ".join(names),
            selected=", ".join(changed.get(name, f"s.{name}") for name in names),
        )
        connection.execute(statement.encode(), {"known": WREXHAM, "second": FLINTSHIRE})
    connection.execute(
        "insert into release.release_authorities (release_id, authority_code, as_at_date)"
        " select release_id, %s, as_at_date from release.release_authorities where authority_code = %s",
        [FLINTSHIRE, WREXHAM],
    )
    connection.execute(
        "insert into release.pointer (authority_code, release_id) values (%s, %s)", [FLINTSHIRE, release_id[0]]
    )


@contextmanager
def person(browser: Browser, running: Running, account: str) -> Iterator[BrowserContext]:
    """Yield a browser's window in which somebody is logged in."""
    context = browser.new_context(viewport={"width": WIDTH, "height": TALL}, locale="en-GB")
    page = context.new_page()
    page.goto(f"{running.address}/login/")
    page.locator("#username, input[name=username]").first.fill(account)
    page.locator("#password, input[name=password]").first.fill(running.password(account))
    page.locator("button[type=submit], input[type=submit]").first.click()
    page.wait_for_url("**/superset/welcome/", timeout=DRAWN_WITHIN_MILLISECONDS)
    page.close()
    yield context
    context.close()


def visit(context: BrowserContext, running: Running, slug: str, uuids: dict[int, str]) -> Visit:
    """Open a dashboard, wait until its charts are drawn, take its picture, and return what went to and fro.

    uuids: the charts' uuids by the numbers that they have in this Superset.
    """
    found = Visit()
    page = context.new_page()
    _listen(page, found, uuids)
    answer = page.goto(f"{running.address}/superset/dashboard/{slug}/")
    assert answer is not None
    found.policy = answer.headers.get("content-security-policy", "")
    _wait_until_drawn(page, found, slug)
    found.text = page.inner_text("body")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{slug}.png", full_page=True)
    page.close()
    found.asked = [address for address in found.asked if address not in found.stopped]
    return found


def _wait_until_drawn(page: Page, found: Visit, slug: str) -> None:
    """Wait until each chart has its rows and nothing is under way; a page that does not come so far is looked at as is.

    The page's policy forbids what the browser's driver would wait by.
    """
    parts = dashboard_files()[slug]["position"].values()
    wanted = {part["meta"]["uuid"] for part in parts if isinstance(part, dict) and part["type"] == "CHART"}
    deadline = time.monotonic() + DRAWN_WITHIN_MILLISECONDS / 1000
    still = 0
    while still < STILL and time.monotonic() < deadline:
        page.wait_for_timeout(500)
        is_drawn = wanted <= set(found.charts) and page.locator(".loading").count() == 0
        still = still + 1 if is_drawn else 0
    page.wait_for_load_state("networkidle", timeout=DRAWN_WITHIN_MILLISECONDS)


def _listen(page: Page, found: Visit, uuids: dict[int, str]) -> None:
    def answered(response: Response) -> None:
        if "/api/v1/chart/data" not in response.url:
            return
        asked = json.loads(response.request.post_data or "{}")
        number = asked.get("form_data", {}).get("slice_id")
        if response.status != 200:
            found.faults.append(f"{response.url}: {response.status} {response.text()[:300]}")
        elif number is not None:
            found.charts[uuids[number]] = json.loads(response.text())["result"][0]["data"]

    def failed(request: Request) -> None:
        if request.failure == "csp":
            found.stopped.append(request.url)

    page.on("request", lambda request: found.asked.append(request.url))
    page.on("requestfailed", failed)
    page.on("response", answered)


def chart_files() -> dict[str, dict[str, Any]]:
    """Return the charts as they lie in the repository, by the name of their file."""
    return {path.stem: superset_assets.load(path) for path in _files("charts")}


def dashboard_files() -> dict[str, dict[str, Any]]:
    """Return the dashboards as they lie in the repository, by their slug."""
    return {found["slug"]: found for found in map(superset_assets.load, _files("dashboards"))}


def _files(folder: str) -> list[Path]:
    return sorted((superset_assets.ASSETS / folder).rglob("*.yaml"))
