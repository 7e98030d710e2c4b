"""Destroy the embedded server's files in the middle of a day, bring them back, and say what was lost.

Run by `make recovery`: a small made-up council is landed and protected, somebody writes all the while, and the server
is killed and its files removed at no moment of its choosing.
"""

from __future__ import annotations

import datetime
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from benchmarks.__main__ import home_of_its_own
from benchmarks.measured import MEASURED, machine, write_page, write_result
from benchmarks.small_council import write_small_council
from csc_warehouse import nightly
from csc_warehouse.commands.console import OUT
from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import cluster, open_warehouse, point_in_time, server

SCALE = 0.02
SECONDS_OF_WORK = 80.0
"""More than a piece of the log is held back for, and no multiple of it."""
_TABLES = """
select table_name from information_schema.tables
where table_schema = 'landing' and table_type = 'BASE TABLE' order by 1
"""


def measure(settings: Settings, folder: Path) -> dict[str, str]:
    """Return what a recovery measured: whether row history is the same, what was lost, how long each part took."""
    write_small_council(settings.exports, scale=SCALE)
    nightly.land(settings=settings)
    started = time.monotonic()
    protected = point_in_time.protect(settings, folder)
    protecting = time.monotonic() - started
    before = _history(settings)
    last = _work(settings)
    _destroy(settings)
    recovery = point_in_time.recover(settings, folder)
    after = _history(settings)
    with open_warehouse(settings).raw_connection() as connection:
        row = connection.execute("select max(at) from public.work").fetchone()
    kept = row[0] if row else None
    lost = f"{(last - kept).total_seconds():.0f} s of work" if kept else "all of the work"
    size = sum(path.stat().st_size for path in protected.base.rglob("*") if path.is_file())
    pieces = list((folder / point_in_time.LOG).iterdir())
    return {
        "row history after it": "the same checksums" if before == after else "OTHER CHECKSUMS",
        "lost (RPO; at most 60 s and one piece of the log)": lost,
        "back and open for readers (RTO)": f"{recovery.seconds:.1f} s",
        "protecting: first piece of the log, copy, check of the copy": f"{protecting:.1f} s",
        "size of a copy": f"{size / 1024**2:.0f} MiB",
        "pieces of the log handed over meanwhile, 16 MiB each": str(len(pieces)),
    }


def _history(settings: Settings) -> dict[str, str]:
    with open_warehouse(settings).raw_connection() as connection:
        names = [str(row[0]) for row in connection.execute(_TABLES).fetchall()]
        rows = {
            name: connection.execute(
                f"select md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '')) from landing.{name} as t"
            ).fetchone()
            for name in names
        }
    return {name: str(row) for name, row in rows.items()}


def _work(settings: Settings) -> datetime.datetime:
    """Commit a row twenty times a second and return the moment of the last one."""
    deadline = time.monotonic() + SECONDS_OF_WORK
    at = datetime.datetime.now(datetime.UTC)
    with open_warehouse(settings).raw_connection(autocommit=True) as connection:
        connection.execute("create table public.work (at timestamptz)")
        while time.monotonic() < deadline:
            at = datetime.datetime.now(datetime.UTC)
            connection.execute("insert into public.work values (%s)", [at])
            time.sleep(0.05)
    return at


def _destroy(settings: Settings) -> None:
    data = cluster.data_directory(settings.home)
    pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    os.kill(pid, signal.SIGQUIT)
    server.has_ended(pid, 30)
    for name in ("base", "global", "pg_wal"):
        shutil.rmtree(data / name)


def main() -> int:
    """Measure, write what was measured and the page's table; return 1 where row history is another."""
    with home_of_its_own() as settings, home_of_its_own() as beside:
        measured = measure(settings, beside.home / "kept")
    result = {"machine": machine(), "scale": SCALE, "measured": measured}
    write_result(MEASURED / "recovery.json", result)
    write_page()
    OUT.print(measured)
    return 0 if "the same checksums" in measured.values() else 1


if __name__ == "__main__":
    sys.exit(main())
