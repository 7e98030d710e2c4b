"""Many nights in a row on one home, in one process, with readers throughout: does anything grow but the data?

Run by `make soak` (NIGHTS=60 by default); each night lands the deliveries of one more day of a small made-up council,
builds, checks and publishes, and each evening does the upkeep. Written after every night; a run that was stopped goes
on with the next night, on the same home.
"""

from __future__ import annotations

import argparse
import datetime
import gc
import json
import shutil
import signal
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.consumption import MIB, server_of, tree_bytes
from benchmarks.measured import MEASURED, machine, write_page, write_result
from benchmarks.small_council import LAST_DAY, leave_out_what_came_long_before, write_small_council
from benchmarks.soak_readers import Reader
from csc_warehouse import nightly, upkeep
from csc_warehouse.commands.console import OUT
from csc_warehouse.settings import PROJECT_DIRECTORY, Settings, load_settings
from csc_warehouse.warehouse import Warehouse, cluster, open_warehouse

NIGHTS = 60
SCALE = 0.02
UNFINISHED = PROJECT_DIRECTORY / ".soak"
"""The home of a run that was stopped."""
KEPT_RELEASES = 5
"""Fewer than the default of 30, so that releases expire from the first week on."""
DAY = datetime.timedelta(days=1)
LIMITS = {
    "seconds": 1.25,
    "process_mib": 1.10,
    "server_mib": 1.25,
    "connections": 1.0,
    "open_files": 1.1,
    "relations": 1.05,
    "built_mib": 1.15,
    "home_files_added": 1.25,
}
"""What the last third of the nights may be of the second third, as a ratio of medians; the first third settles."""
MOST_BLOCKS = 2
"""Releases are kept in blocks of 64: while one fills, that of the one before may still stand."""
ENOUGH_NIGHTS = 9
"""Fewer say nothing of growth."""
_SIZES = """
select
    pg_database_size(current_database()),
    coalesce((
        select sum(pg_total_relation_size(c.oid))
        from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = 'landing' and c.relkind = 'r'
    ), 0),
    (select count(*) from pg_class where not relispartition and relnamespace <> 'pg_toast'::regnamespace),
    (select count(*) from pg_class where relispartition),
    (select coalesce(sum(size), 0) from pg_ls_waldir()),
    (
        select count(*) from pg_stat_activity
        where backend_type = 'client backend' and application_name <> 'soak reader' and pid <> pg_backend_pid()
    )
"""


def measure(warehouse: Warehouse) -> dict[str, float]:
    """Return what a night left: sizes in MiB, counts of files, connections and relations, memory in MiB.

    built_mib is the database without landing's tables: what is built, stored and kept of the nights.
    """
    settings = warehouse.settings
    with warehouse.raw_connection() as connection:
        sizes = [int(value) for value in connection.execute(_SIZES).fetchone() or ()]
    here = psutil.Process()
    kept = [path for path in settings.home.rglob("*") if path.is_file() and _is_ours(settings, path)]
    return {
        "database_mib": sizes[0] / MIB,
        "landing_mib": sizes[1] / MIB,
        "built_mib": (sizes[0] - sizes[1]) / MIB,
        "relations": sizes[2],
        "partitions": sizes[3],
        "wal_mib": sizes[4] / MIB,
        "connections": sizes[5],
        "archive_mib": sum(path.stat().st_size for path in settings.archive.rglob("*") if path.is_file()) / MIB,
        "home_files": len(kept),
        "open_files": here.num_fds(),
        "process_mib": here.memory_info().rss / MIB,
        "server_mib": tree_bytes(server) / MIB if (server := server_of(settings.home)) is not None else 0.0,
    }


def _is_ours(settings: Settings, path: Path) -> bool:
    """Tell whether a file below the home is neither the server's, nor a delivery, nor kept by the archive."""
    return not any(path.is_relative_to(top) for top in (settings.home / "postgres", settings.exports, settings.archive))


def growth(nights: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return, for each measure that has a limit, the median of the last third of nights over that of the second third.

    Empty where the nights are too few to say.
    """
    if len(nights) < ENOUGH_NIGHTS:
        return {}
    third = len(nights) // 3
    middle, last = nights[third : 2 * third], nights[-third:]
    ratios = {}
    for name in LIMITS:
        before = statistics.median(night[name] for night in middle)
        after = statistics.median(night[name] for night in last)
        ratios[name] = 1.0 if before == after else after / before if before else float("inf")
    return ratios


def grown(ratios: dict[str, float]) -> list[str]:
    """Return the measures that grew by more than their limit."""
    return [name for name, ratio in ratios.items() if ratio > LIMITS[name]]


def has_too_many_blocks(nights: Sequence[dict[str, Any]]) -> bool:
    """Tell whether more blocks of releases stood after some night than may: the first night has made one."""
    return bool(max(night["partitions"] for night in nights) > MOST_BLOCKS * nights[0]["partitions"])


def soak(settings: Settings, nights: int, scale: float, out: Path, before: dict[str, Any]) -> dict[str, Any]:
    """Run the nights that are still to come and return what was measured; it is written to a file after each.

    before: what an interrupted run measured on the same home; empty: this one begins.
    """
    first = LAST_DAY - nights * DAY
    kept = settings.config.maintenance.model_copy(
        update={"keep_releases": KEPT_RELEASES, "keep_backups": 2, "backup_folder": settings.home / "backups"}
    )
    settings = settings.model_copy(update={"config": settings.config.model_copy(update={"maintenance": kept})})
    if not before:
        write_small_council(settings.exports, scale=scale, nightly_from=first)
        leave_out_what_came_long_before(settings.exports, first)
        nightly.run(settings=settings, as_at=first)
    warehouse = open_warehouse(settings)
    levels = (psycopg.IsolationLevel.READ_COMMITTED, psycopg.IsolationLevel.REPEATABLE_READ)
    of_before = {reader["isolation"]: reader for reader in before.get("readers", ())}
    readers = [Reader(warehouse.url_for("libpq"), level, of_before.get(level.name)) for level in levels]
    for reader in readers:
        reader.start()
    found: list[dict[str, Any]] = list(before.get("nights", ()))
    files = found[-1]["home_files"] if found else 0.0
    result = before
    for number in range(len(found) + 1, nights + 1):
        day = first + number * DAY
        started = time.perf_counter()
        done = nightly.run(settings=settings, as_at=day)
        seconds = time.perf_counter() - started
        upkeep.maintain(day.isoformat(), settings=settings)
        gc.collect()
        found_there = measure(warehouse)
        night: dict[str, Any] = {"night": number, "day": day.isoformat(), "seconds": seconds, **found_there}
        night["home_files_added"] = found_there["home_files"] - files if files else 0.0
        files = found_there["home_files"]
        night["published"] = len(done["published"].get("published", ()))
        night["landed"] = done["landed"]["landed"]
        found.append({name: round(value, 1) if isinstance(value, float) else value for name, value in night.items()})
        result = {
            "asked_nights": nights,
            "scale": scale,
            "kept_releases": KEPT_RELEASES,
            "machine": machine(),
            "nights": found,
            "growth": {name: round(ratio, 3) for name, ratio in growth(found).items()},
            "readers": [reader.summary() for reader in readers],
        }
        _write(out, result)
        OUT.print(f"night {number} of {nights}, {day}: {seconds:.1f} s, database {night['database_mib']:.0f} MiB")
    for reader in readers:
        reader.stopping.set()
    for reader in readers:
        reader.join(60)
    result["readers"] = [reader.summary() for reader in readers]
    _write(out, result)
    return result


def _write(out: Path, result: dict[str, Any]) -> None:
    write_result(out, result)
    write_page()


def interrupted(out: Path, home: Path, nights: int, scale: float) -> dict[str, Any]:
    """Return what a run measured that was stopped, where it can go on: the same nights on the home that is still there.

    Empty where this run is to begin.
    """
    if not out.exists() or not (home / "exports").exists():
        return {}
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    is_same = (found["asked_nights"], found["scale"]) == (nights, scale)
    return found if is_same and len(found["nights"]) < nights else {}


def main() -> int:
    """Soak, write what was measured and the page's table; return 1 where something grew or a reader saw a fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=NIGHTS, help=f"how many (default: {NIGHTS})")
    parser.add_argument("--scale", type=float, default=SCALE, help=f"of Wrexham's size (default: {SCALE})")
    parser.add_argument("--out", type=Path, default=MEASURED / "soak.json", help="where the measures are written")
    parser.add_argument("--anew", action="store_true", help="begin anew instead of going on with what was stopped")
    chosen = parser.parse_args()
    # its server ends with it
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    before = {} if chosen.anew else interrupted(chosen.out, UNFINISHED, chosen.nights, chosen.scale)
    if not before:
        shutil.rmtree(UNFINISHED, ignore_errors=True)
        UNFINISHED.mkdir(mode=0o755)
    try:
        settings = load_settings(home=UNFINISHED, exports=UNFINISHED / "exports")
        result = soak(settings, chosen.nights, chosen.scale, chosen.out, before)
    finally:
        cluster.stop(UNFINISHED)
    shutil.rmtree(UNFINISHED)
    too_much = [*grown(result["growth"]), *(["partitions"] if has_too_many_blocks(result["nights"]) else [])]
    faults = {reader["isolation"]: reader["faults"] for reader in result["readers"] if reader["faults"]}
    if not result["growth"]:
        OUT.print(f"Fewer than {ENOUGH_NIGHTS} nights: nothing is said of growth.")
    OUT.print(f"Grew: {', '.join(too_much) or 'nothing'}. Readers' faults: {faults or 'none'}.")
    return 1 if too_much or faults else 0


if __name__ == "__main__":
    sys.exit(main())
