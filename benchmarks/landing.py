"""Landing against bare COPY of the same files: a first full, and one with a two-hundredth of its rows changed.

A pair is one COPY and, right after it, one landing: whatever else the machine does strikes both. The ratio is the
median of five pairs.
"""

from __future__ import annotations

import csv
import datetime
import os
import random
import shutil
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from csc_warehouse import nightly
from csc_warehouse.landing.history import tables
from csc_warehouse.quality import validation
from csc_warehouse.sample import write_sample
from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import Warehouse, open_warehouse
from expectations.catalogue import load_catalogue

SAMPLED = datetime.date(2018, 5, 20)
FIRST, SECOND = datetime.date(2018, 5, 18), datetime.date(2018, 5, 19)
TIMES = 10
"""So many times Wrexham's rows: a delivery of a size at which fixed costs no longer show."""
CHANGED_SHARE = 0.005
PAIRS = 5
Figure = tuple[str, str, str]
"""What was measured, the measurement, its budget."""


def timed(step: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that a step took, and what it gave."""
    started = time.perf_counter()
    outcome = step()
    return time.perf_counter() - started, outcome


def enlarge(sampled: Path, exports: Path, date: datetime.date, *, changed_share: float) -> None:
    """Write a RAISe delivery of many times the rows of a sampled one, under new keys, some of them changed."""
    chance = random.Random(date.toordinal())  # noqa: S311  (test data)
    folder = exports / "raise" / str(date)
    folder.mkdir(parents=True)
    counts: list[tuple[str, int]] = []
    for path in sorted(sampled.glob("RAISE_*.csv")):
        if "CONTROL" in path.name:
            continue
        with path.open(encoding="cp1252", newline="") as file:
            header, *rows = csv.reader(file)
        keys = [place for place, name in enumerate(header) if name.endswith("_NO") and name != "VERSION_NO"]
        stamp = header.index("RECORDED") if "RECORDED" in header else len(header) - 1
        name = path.name.replace(f"{SAMPLED:%Y%m%d}", f"{date:%Y%m%d}")
        with (folder / name).open("w", encoding="cp1252", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for copy in range(TIMES):
                for row in rows:
                    values = list(row)
                    for place in keys:
                        if values[place].isdigit():
                            values[place] = f"{int(values[place]) + copy * 100_000:07}"
                    if chance.random() < changed_share:
                        values[stamp] = f"{FIRST:%d/%m/%Y}" + (" 10:00" if header[stamp] == "RECORDED" else "")
                    writer.writerow(values)
        counts.append((name, len(rows) * TIMES))
    lines = ["FILE_NAME,ROW_COUNT", *(f"{name},{count}" for name, count in counts)]
    (folder / f"RAISE_CONTROL_{date:%Y%m%d}.csv").write_text("\r\n".join(lines) + "\r\n", encoding="ascii")


def copy_files(warehouse: Warehouse, folder: Path) -> None:
    """COPY a RAISe delivery's files into bare text tables: the yardstick of landing."""
    with warehouse.raw_connection() as connection:
        connection.execute("create schema if not exists bench")
        for path in sorted(folder.glob("RAISE_*.csv")):
            with path.open(encoding="cp1252") as file:
                header = file.readline().strip().split(",")
            table = f"bench.{path.stem.lower()}"
            connection.execute(f"drop table if exists {table}")
            connection.execute(f"create table {table} ({', '.join(f'{name.lower()} text' for name in header)})")
            with (
                path.open("rb") as content,
                connection.cursor().copy(
                    f"copy {table} from stdin with (format csv, header, encoding 'WIN1252')"
                ) as copy,
            ):
                while block := content.read(1 << 20):
                    copy.write(block)
        connection.commit()
        connection.execute("drop schema bench cascade")


def empty(warehouse: Warehouse) -> None:
    """Take every delivery out of landing and its archive, as before the first."""
    with warehouse.raw_connection() as connection:
        found = connection.execute(
            "select quote_ident(tablename) from pg_tables where schemaname = 'landing' and tablename <> 'code_map'"
        ).fetchall()
        connection.execute(f"truncate {', '.join(f'landing.{name}' for (name,) in found)} cascade")
        connection.commit()
    shutil.rmtree(warehouse.settings.archive, ignore_errors=True)


def land(settings: Settings, date: datetime.date) -> dict[str, Any]:
    """Land the one RAISe delivery of a date."""
    tickets = nightly.find_waiting_tickets("raise", settings=settings, as_at=date, is_scheduled=False)
    landed = nightly.land_tickets(tickets, settings=settings)
    if landed["landed"] != 1:
        raise SystemExit(f"expected one delivery of {date}, landed {landed['landed']}: {landed['refused']}")
    return landed


def measure(settings: Settings) -> list[Figure]:
    """Return the figures of landing; the home is the caller's."""
    clean = settings.home / "clean"
    write_sample(clean, clean=True)
    enlarge(clean / "raise" / str(SAMPLED), settings.exports, FIRST, changed_share=0)
    enlarge(clean / "raise" / str(SAMPLED), settings.exports, SECOND, changed_share=CHANGED_SHARE)
    shutil.rmtree(clean)
    warehouse = open_warehouse(settings)
    tables.sync(warehouse)
    # libraries and the catalogue of checks load once in a night, and are no part of a landing
    import duckdb  # noqa: F401

    validation.prepare()
    load_catalogue()

    folder = settings.exports / "raise" / str(SECOND)
    copied: list[float] = []
    firsts: list[float] = []
    seconds: list[float] = []
    rows = 0
    for _ in range(PAIRS):
        empty(warehouse)
        for date, ratios in ((FIRST, firsts), (SECOND, seconds)):
            copied.append(timed(lambda: copy_files(warehouse, folder))[0])
            taken, landed = timed(partial(land, settings, date))
            ratios.append(taken / copied[-1])
            rows = landed["rows_accepted"]
    warehouse.engine.dispose()
    return [
        ("bare COPY of the same files", f"{statistics.median(copied):.2f} s", ""),
        (f"landing a first full ({rows:,} rows)", _ratio(firsts), "2.0 x"),
        (f"landing a full with {CHANGED_SHARE:.1%} changed", _ratio(seconds), "1.5 x"),
        ("load of the machine afterwards", f"{os.getloadavg()[0]:.1f} of {os.cpu_count()} processors", ""),
    ]


def _ratio(ratios: list[float]) -> str:
    """Return the median of ratios and, as they were measured, the lowest and highest."""
    return f"{statistics.median(ratios):.1f} x COPY ({min(ratios):.1f} to {max(ratios):.1f})"
