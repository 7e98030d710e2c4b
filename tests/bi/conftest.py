"""One Superset over one finished night of two councils, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Night
from tests.support.browser import chromium
from tests.support.dashboards import (
    SLUGS,
    Running,
    Visit,
    free_port,
    person,
    publish_second_authority,
    superset_service,
    visit,
)
from tests.support.listeners import Listener, recording_proxy


@pytest.fixture(scope="session")
def superset(sample_night: Night) -> Iterator[Running]:
    """Yield Superset as make bi leaves it, over the night's figures of Wrexham and those of a made-up Flintshire."""
    settings = sample_night.settings
    with sample_night.warehouse.raw_connection() as connection:
        publish_second_authority(connection)
    sample_night.warehouse.engine.dispose()
    address = superset_service.up(settings, port=free_port())
    try:
        yield Running(settings, address, superset_service.place(settings))
    finally:
        superset_service.down(settings)


@pytest.fixture(scope="session")
def chart_numbers(superset: Running) -> dict[str, int]:
    """Return the numbers that the charts have in this Superset, by their uuids."""
    told = superset.session("admin").get("/api/v1/chart/?q=(columns:!(id,uuid),page_size:100)")
    return {row["uuid"]: row["id"] for row in told["result"]}


@pytest.fixture(scope="session")
def proxy() -> Iterator[Listener]:
    """Yield a proxy that lets nothing through and keeps whatever a browser wanted of another machine."""
    with recording_proxy() as listener:
        yield listener


@pytest.fixture(scope="session")
def visits(superset: Running, chart_numbers: dict[str, int], proxy: Listener) -> dict[str, Visit]:
    """Return what each dashboard asked for and got, looked at by a reader in a browser of which nothing gets out."""
    uuids = {number: uuid for uuid, number in chart_numbers.items()}
    # a browser asks for this machine without the proxy, and for any other through it
    arguments = [f"--proxy-server=http://127.0.0.1:{proxy.port}", "--disable-component-update", "--disable-sync"]
    with (
        chromium(arguments) as browser,
        person(browser, superset, "reader") as context,
    ):
        found = {slug: visit(context, superset, slug, uuids) for slug in SLUGS}
        heard_of_dashboards = list(proxy.heard)
        # what proves nothing unless it hears: a page of another machine
        page = context.new_page()
        page.goto("http://elsewhere.invalid/", wait_until="commit")
        page.close()
    assert any("elsewhere.invalid" in line for line in proxy.heard[len(heard_of_dashboards) :])
    proxy.heard[:] = heard_of_dashboards
    return found
