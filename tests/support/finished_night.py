"""The finished night that tests read: made once, kept as a home whose server has stopped, copied by each process."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.warehouse import Warehouse, cluster, open_warehouse
from csc_warehouse.warehouse.engine import warehouse_url
from tests.support.homes import temporary_home

KEPT_BELOW = "CSC_WAREHOUSE_TESTS_NIGHT"
"""Names a folder that several processes share while they test one state of the code; whoever sets it removes it.

Without it a process keeps the night to itself: one that outlived its code would hold that to figures of another.
"""
LANDED = "landed"
OF_A_COPY = ("fsync = off", "wal_recycle = off")
"""Settings of the kept server: tests kill clients and never the machine, and what nobody replays need not be copied."""
_HOME, _RESULT = "home", "result.json"


@dataclass(frozen=True)
class Night:
    """A finished run: its settings, its open warehouse and what the run returned.

    landed: settings of a second home and database that hold the same deliveries and no build: another day's night
    starts from there.
    """

    settings: Settings
    warehouse: Warehouse
    result: dict[str, Any]
    landed: Settings

    def with_its_archive(self, home: Path) -> Path:
        """Copy the archive into a home for a copy of the database, whose ledger needs it; return that home."""
        shutil.copytree(self.settings.archive, home / self.settings.archive.name)
        return home


@contextmanager
def finished_night() -> Iterator[Night]:
    """Yield a night in a home of this process's own, which ends with it: tests may change what they find there."""
    with temporary_home() as home, temporary_home() as beside:
        with _kept() as kept:
            result = _made(kept)
            # --archive: the server's files stay its account's; those of a stopped server may be copied
            subprocess.run(["cp", "--archive", "--reflink=auto", f"{kept / _HOME}/.", str(home)], check=True)  # noqa: S603, S607
        settings = load_settings(home=home, exports=home / "exports")
        warehouse = open_warehouse(settings)
        yield Night(settings, warehouse, result, _landed(settings, beside))
        warehouse.engine.dispose()


@contextmanager
def _kept() -> Iterator[Path]:
    """Yield the folder in which the night is kept, held: others wait until it is made and copied."""
    shared = os.environ.get(KEPT_BELOW)
    if shared is None:
        with tempfile.TemporaryDirectory(prefix="csc") as folder:
            yield Path(folder)
        return
    with Path(shared, "lock").open("a", encoding="ascii") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield Path(shared)


def _made(kept: Path) -> dict[str, Any]:
    """Return what the run of the kept night returned; make it where it is not there, or was not finished."""
    if not (kept / _RESULT).exists():
        shutil.rmtree(kept / _HOME, ignore_errors=True)
        unfinished = kept / f"{_RESULT}.new"
        unfinished.write_text(json.dumps(_run(kept / _HOME)), encoding="utf-8")
        unfinished.rename(kept / _RESULT)
    found: dict[str, Any] = json.loads((kept / _RESULT).read_text(encoding="utf-8"))
    return found


def _run(home: Path) -> dict[str, Any]:
    """Run the whole chain on the sample and stop its server."""
    from csc_warehouse import nightly
    from csc_warehouse.sample import write_sample

    settings = load_settings(home=home, exports=home / "exports")
    try:
        write_sample(settings.exports)
        _hurry(settings)
        nightly.land(settings=settings)
        _copy_what_has_landed(settings)
        return nightly.run(settings=settings)
    finally:
        cluster.stop(home)


def _hurry(settings: Settings) -> None:
    with _server(settings) as server:
        for setting in OF_A_COPY:
            server.execute(f"alter system set {setting}")
        server.execute("select pg_reload_conf()")


def _copy_what_has_landed(settings: Settings) -> None:
    with _server(settings) as server:
        server.execute(f"create database {LANDED} template {warehouse_url(settings).database} strategy file_copy")


def _server(settings: Settings) -> psycopg.Connection:
    host = str(warehouse_url(settings).query["host"])
    return psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True)


def _landed(settings: Settings, home: Path) -> Settings:
    copied = warehouse_url(settings).set(database=LANDED).render_as_string(hide_password=False)
    # the key stays where it is: a pseudonym belongs to a council, not to a database
    return settings.model_copy(update={"home": home, "database_url": copied})
