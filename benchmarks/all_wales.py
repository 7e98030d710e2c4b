"""All Wales on this machine: written, landed, built, checked, published and asked, then a night of deltas of all.

Run by `make bench-wales` (AUTHORITIES=22 YEARS=10 by default). What was measured is written to
docs/measured/all_wales.json after each step, a run for each size, so that one that was stopped has what it had.
"""

from __future__ import annotations

import argparse
import datetime
import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.__main__ import home_of_its_own
from benchmarks.all_wales_page import JSON, write_page
from benchmarks.consumption import MIB, Consumption
from benchmarks.measured import machine, write_result
from csc_warehouse import nightly, transform
from csc_warehouse.commands.console import OUT
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.sample import LAST_DAY, write_sample
from csc_warehouse.sample.wccis_writer import FURTHER_NIGHTS
from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import open_warehouse

DAY = datetime.timedelta(days=1)
FIRST_LOAD = LAST_DAY - FURTHER_NIGHTS * DAY
"""The day of the first full of every authority but Wrexham, which by then has its whole chain of deliveries."""
SLOWEST = 8
TIMES_ASKED = 5
QUESTIONS = {
    "the scorecard of a quarter, one authority": """
        select indicator_code, display from reporting.rpt_scorecard
        where authority_code = 'W06000006' and period_type = 'quarter' and period_label = '2018/19 Q2'
    """,
    "the scorecard of a quarter, every authority": """
        select authority_code, indicator_code, display from reporting.rpt_scorecard
        where period_type = 'quarter' and period_label = '2018/19 Q2'
    """,
    "one indicator by quarter, every authority": """
        select authority_code, period_label, display from reporting.rpt_scorecard
        where indicator_code = 'CON01' and period_type = 'quarter'
    """,
}
_COUNTS = {
    "contacts": "select count(*) from marts.fct_contacts",
    "records behind indicators": "select count(*) from marts.indicator_records",
    "figures": "select count(*) from marts.indicator_values",
}
_LANDED = """
select coalesce(sum(rows_in_file), 0)
from landing.delivery_entities
"""


class Run:
    """One size: its steps as they end, kept in the file of all runs."""

    def __init__(self, settings: Settings, authorities: int, years: int, path: Path = JSON) -> None:
        """Begin a run of a size; an earlier one of that size is replaced."""
        self._settings = settings
        self._path = path
        self.found: dict[str, Any] = {
            "authorities": authorities,
            "years": years,
            "machine": machine(),
            "steps": [],
            "nodes": [],
        }

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Measure one step, and write down what there is; a step that breaks off is named with its reason."""
        OUT.print(f"{what} ...")
        started = time.perf_counter()
        consumed = Consumption(self._settings.home)
        try:
            with consumed:
                yield
        except BaseException as error:
            # of a step that did not end nothing was measured
            why = str(error) if isinstance(error, CscWarehouseError | OSError) else "it was stopped."
            self.found["broke_off"] = f"{what}: {why}"
            self.keep()
            raise
        seconds = time.perf_counter() - started
        self.found["steps"].append(
            {
                "what": what,
                "seconds": round(seconds, 1),
                "processor_seconds": round(consumed.processor_seconds, 1),
                "peak_mib": round(consumed.most),
                "server_mib": round(consumed.of_server),
            }
        )
        OUT.print(f"  {seconds:.1f} s, {consumed.processor_seconds:.1f} of the processors, {consumed.most:,.0f} MiB")
        self.keep()

    def keep(self) -> None:
        """Write this run into the file, beside those of other sizes."""
        size = (self.found["authorities"], self.found["years"])
        kept = json.loads(self._path.read_text(encoding="utf-8"))["runs"] if self._path.exists() else []
        runs = [run for run in kept if (run["authorities"], run["years"]) != size]
        runs = sorted([*runs, self.found], key=lambda run: run["authorities"] * run["years"])
        write_result(self._path, {"runs": runs})

    @contextmanager
    def nodes_kept(self) -> Iterator[None]:
        """Keep what each model and test of the builds took, of which the slowest are told."""
        build_layer: Callable[..., transform.LayerResult] = transform.build_layer
        found: list[transform.NodeResult] = []

        def kept(*arguments: Any, **named: Any) -> transform.LayerResult:
            result = build_layer(*arguments, **named)
            found.extend(result.nodes)
            return result

        transform.build_layer = kept
        try:
            yield
        finally:
            transform.build_layer = build_layer
            slowest = sorted(found, key=lambda node: -node.seconds)[:SLOWEST]
            self.found["nodes"] = [{"name": node.name, "seconds": round(node.seconds, 1)} for node in slowest]
            self.found["node_seconds"] = round(sum(node.seconds for node in found), 1)
            self.keep()


def measure(settings: Settings, run: Run, exports: Path | None) -> None:
    """Do the steps of one size; exports: written before, and not written again."""
    authorities, years = run.found["authorities"], run.found["years"]
    if exports is None:
        with run.step("writing the exports"):
            write_sample(settings.exports, authorities=authorities, years=years)
    with run.nodes_kept():
        with run.step("first load"):
            landed = nightly.land(settings=settings, as_at=FIRST_LOAD)
        run.found["first_load"] = {name: landed[name] for name in ("landed", "rows_accepted", "rows_quarantined")}
        run.found["first_load"]["refused"] = len(landed["refused"])
        with run.step("first build"):
            built = nightly.build(settings=settings, as_at=FIRST_LOAD)
        with run.step("first check, with what is hidden and its proof"):
            nightly.check(built["release_id"], settings=settings)
        with run.step("first publication"):
            published = nightly.publish(built["release_id"], settings=settings)
    run.found["published"] = len(published["published"])
    run.found["held"] = len(published["held"])
    run.found["counts"] = _counted(settings)
    run.found["disk"] = _disk(settings)
    run.found["questions"] = _asked(settings)
    run.keep()
    day = FIRST_LOAD + DAY
    steps: dict[str, Callable[[], object]] = {
        "landing": lambda: nightly.land(settings=settings, as_at=day),
        "build": lambda: nightly.build(settings=settings, as_at=day, is_whole=False),
        "check": lambda: nightly.check(settings=settings),
        "publication": lambda: nightly.publish(settings=settings),
    }
    for what, step in steps.items():
        with run.step(f"night of deltas: {what}"):
            step()
    run.found["disk_after"] = _disk(settings)
    run.found["is_whole"] = True
    run.keep()


def _counted(settings: Settings) -> dict[str, int]:
    """Return how much there is: rows read, contacts, records and figures."""
    found = {}
    with open_warehouse(settings).raw_connection() as connection:
        for what, query in {"rows read": _LANDED, **_COUNTS}.items():
            row = connection.execute(query).fetchone()
            found[what] = int(row[0]) if row else 0
    return found


def _disk(settings: Settings) -> dict[str, int]:
    """Return MiB of the database, of landing's tables in it, and of the archive."""
    with open_warehouse(settings).raw_connection() as connection:
        row = connection.execute(
            "select pg_database_size(current_database()), (select coalesce(sum(pg_total_relation_size(c.oid)), 0)"
            " from pg_class as c where c.relnamespace = 'landing'::regnamespace and c.relkind = 'r')"
        ).fetchone() or (0, 0)
    archive = sum(path.stat().st_size for path in settings.archive.rglob("*") if path.is_file())
    sizes = {"database": row[0], "landing": row[1], "archive": archive}
    return {name: round(int(size) / MIB) for name, size in sizes.items()}


def _asked(settings: Settings) -> dict[str, float]:
    """Return the median milliseconds of each question, from asking to the last row, over one connection."""
    found = {}
    with open_warehouse(settings).raw_connection() as connection:
        for what, question in QUESTIONS.items():
            waits = []
            for _ in range(TIMES_ASKED):
                started = time.perf_counter()
                connection.execute(question).fetchall()
                waits.append((time.perf_counter() - started) * 1000)
            found[what] = round(statistics.median(waits), 1)
    return found


def main() -> int:
    """Measure one size, and write the page's table; return 1 where a step broke off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--authorities", type=int, default=22)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--exports", type=Path, help="exports of that size, written before")
    asked = parser.parse_args()
    with home_of_its_own() as own:
        settings = own if asked.exports is None else own.model_copy(update={"exports": asked.exports})
        run = Run(settings, asked.authorities, asked.years)
        try:
            measure(settings, run, asked.exports)
        except CscWarehouseError as error:
            OUT.print(str(error), markup=False)
        free = shutil.disk_usage(settings.home).free / 1024**3
        OUT.print(f"{free:.0f} GiB of disk are left.")
    write_page()
    return 0 if "is_whole" in run.found else 1


if __name__ == "__main__":
    sys.exit(main())
