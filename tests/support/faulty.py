"""Nights on damaged exports, cheaply: one landed home, whose database is copied for each damage."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from csc_warehouse import nightly
from csc_warehouse.quality import exit_checks
from csc_warehouse.sample.faults import apply_faults
from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import open_warehouse

HOME = "W06000006"
SOURCES = ("raise", f"wccis/{HOME}", "corporate")
DAMAGED_FROM = {
    "raise": dt.date(2018, 5, 20),
    f"wccis/{HOME}": dt.date(2018, 12, 24),
    "corporate": dt.date(2018, 12, 31),
}
"""From when on a fault may change a source's deliveries of the default sample: its last one, or its last week."""
KEPT_BEFORE = 8
"""Deliveries before those that a fault may look at."""


@dataclass(frozen=True)
class FaultyNight:
    """What became of the exports damaged in some way."""

    refused: tuple[str, ...]
    not_there_yet: tuple[str, ...]
    verdict: str
    """published, caveats or held; empty where a delivery did not come in, and nothing was built."""
    failed_checks: tuple[str, ...]
    reason: str
    indicators: tuple[str, ...]


def split(exports: Path, sound: Path, rest: Path) -> None:
    """Divide a sample's deliveries: what no fault touches goes to `sound`, the last ones and some before to `rest`."""
    for source in SOURCES:
        folders = sorted(folder for folder in (exports / source).iterdir() if folder.is_dir())
        late = [folder for folder in folders if dt.date.fromisoformat(folder.name) >= DAMAGED_FROM[source]]
        for folder in folders[: len(folders) - len(late)]:
            shutil.copytree(folder, sound / source / folder.name)
        for folder in folders[-len(late) - KEPT_BEFORE :]:
            shutil.copytree(folder, rest / source / folder.name)


@contextmanager
def copied(settings: Settings, home: Path, database: str = "damaged") -> Iterator[Settings]:
    """Yield settings of a copy of a warehouse, in the same cluster and with a home of its own."""
    warehouse = open_warehouse(settings)
    original = warehouse.url.database
    warehouse.engine.dispose()
    server = warehouse.url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)

    def run(statement: str) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(statement)

    run(f'drop database if exists "{database}" with (force)')
    # a template must be nobody's: what an earlier test forgot to close waits for the garbage collector
    run(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{original}'")
    run(f'create database "{database}" template "{original}" strategy file_copy')
    home.mkdir(parents=True, exist_ok=True)
    # what dbt has parsed stays there for the next copy
    for folder in ("archive", "exports"):
        shutil.rmtree(home / folder, ignore_errors=True)
    shutil.copytree(settings.archive, home / "archive", copy_function=_link)
    try:
        yield settings.model_copy(
            update={
                "home": home,
                "exports": home / "exports",
                "database_url": warehouse.url.set(database=database).render_as_string(hide_password=False),
            }
        )
    finally:
        run(f'drop database if exists "{database}" with (force)')


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


def damaged_night(
    base: Settings, rest: Path, home: Path, faults: Sequence[str], *, is_built: bool = False
) -> FaultyNight:
    """Land the last deliveries, damaged in the named ways, on a copy of `base`; build and judge what was let in.

    is_built: build although something was refused, as a real night does; else it ends there, for nothing of it is new.
    """
    with copied(base, home) as settings:
        shutil.copytree(rest, settings.exports)
        apply_faults(settings.exports, HOME, list(faults), seed=1)
        landed = nightly.land(settings=settings)
        if (landed["refused"] or landed["not_there_yet"]) and not is_built:
            return FaultyNight(tuple(landed["refused"]), tuple(landed["not_there_yet"]), "", (), "", ())
        built = nightly.build(settings=settings)
        # what is hidden from readers is another question, and costs a third more
        warehouse = open_warehouse(settings)
        found = exit_checks.check(warehouse, built["release_id"])[HOME]
        warehouse.engine.dispose()
        return FaultyNight(
            refused=tuple(landed["refused"]),
            not_there_yet=tuple(landed["not_there_yet"]),
            verdict=found.verdict,
            failed_checks=found.failed_checks,
            reason=found.reason,
            indicators=found.indicators,
        )
