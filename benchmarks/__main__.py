"""Measure every budget beside what a user would pick instead, and write the page of it.

Run by `make bench`; `python -m benchmarks landing` (or another part's name) measures one part alone and leaves what is
kept of the others. What each run gave stands in docs/measured/bench.json with the machine and its load, the table in
docs/performance.md is written from it. Absolute seconds depend on the machine and on what else it does; ratios of one
run do not, much. gate, disclosure, forecast and readers print more than the page holds.
"""

from __future__ import annotations

import argparse
import datetime
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import bench_page, compared, disclosure, forecast, gate, growth, landing, readers
from benchmarks.bench_rows import Part, Row, ratios
from csc_warehouse import nightly
from csc_warehouse.commands.console import OUT
from csc_warehouse.sample import LAST_DAY, write_sample
from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.warehouse import cluster

BEFORE_LAST = LAST_DAY - datetime.timedelta(days=1)
READERS = (50.0, 15.0)
"""Budget and moonshot of a question that twenty readers ask at once, in ms at the 95th percentile."""
_LATE = re.compile(r"p95 (?P<number>[\d.]+) (?P<unit>ms)")
_NUMBER = re.compile(r"(?P<number>[\d,.]+) (?P<unit>s|ms|x|MiB)\b")


@contextmanager
def home_of_its_own() -> Iterator[Settings]:
    """Yield settings of an empty home, and take its cluster down afterwards."""
    home = Path(tempfile.mkdtemp(prefix="cscb"))
    home.chmod(0o755)
    try:
        yield load_settings(home=home, exports=home / "exports")
    finally:
        cluster.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def measure_night(settings: Settings) -> Part:
    """Return the sample's first night, one with one day's deliveries, and one with nothing new, also built whole."""
    seconds, _ = landing.timed(lambda: write_sample(settings.exports))
    rows = [Row("writing Wrexham's sample", (seconds,), "s", budget=30)]
    for what, step in (
        ("a first night: landing", lambda: nightly.land(settings=settings, as_at=BEFORE_LAST)),
        ("a first night: building", lambda: nightly.build(settings=settings)),
        ("a first night: checking, grading, hiding and its proof", lambda: nightly.check(settings=settings)),
        ("a first night: publishing", lambda: nightly.publish(settings=settings)),
    ):
        rows.append(Row(what, (landing.timed(step)[0],), "s"))
    seconds, _ = landing.timed(lambda: nightly.run(settings=settings))
    rows.append(Row("a night with one day's deliveries, in this process", (seconds,), "s", "", 30, 15))
    quiet, whole = [], []
    for _ in range(compared.PAIRS):
        quiet.append(landing.timed(lambda: nightly.run(settings=settings))[0])
        whole.append(landing.timed(lambda: nightly.run(settings=settings, is_whole=True))[0])
    rows.append(Row("a night with nothing new", tuple(quiet), "s"))
    rows.append(Row("the same night built whole", ratios(whole, quiet), "x", "a night with nothing new"))
    return Part(tuple(rows))


def measure_years(settings: Settings) -> Part:
    """Return a night with one day's deliveries on ten years of history, against the same night on the sample's."""
    nights = []
    for years in (None, 10):
        home = settings.home / f"years-{years}"
        own = load_settings(home=home, exports=home / "exports")
        write_sample(own.exports, years=years)
        try:
            nightly.run(settings=own, as_at=BEFORE_LAST)
            nights.append(landing.timed(partial(nightly.run, settings=own))[0])
        finally:
            cluster.stop(home)
            shutil.rmtree(home, ignore_errors=True)
    sample, ten = nights
    what = "a night with one day's deliveries, ten years of history"
    return Part(
        (
            Row(what, (ten,), "s", "", 30, 15),
            Row(what, (ten / sample,), "x", "the same night on two years and three quarters", 1.5, 1.05),
        )
    )


def told(measure: Callable[[Settings], list[landing.Figure]]) -> Callable[[Settings], Part]:
    """Return a measure whose figures in words become rows; what is no number of seconds or times is printed alone."""

    def measured(settings: Settings) -> Part:
        rows = []
        for what, said, budget in measure(settings):
            OUT.print(f"{what}: {said}", markup=False)
            late = _LATE.search(said)
            found = late or _NUMBER.match(said)
            wanted = _NUMBER.match(budget)
            if found is not None and (wanted is None or late or wanted["unit"] == found["unit"]):
                most = READERS if late and budget else (float(wanted["number"]) if wanted else None, None)
                rows.append(Row(what, (float(found["number"].replace(",", "")),), found["unit"], "", *most))
        return Part(tuple(rows))

    return measured


PARTS: dict[str, Callable[[Settings], Part]] = {
    "landing": compared.measure_landing,
    "changes": compared.measure_changes,
    "figures": compared.measure_figures,
    "orchestration": compared.measure_orchestration,
    "night": measure_night,
    "years": measure_years,
    "history": growth.measure_history,
    "authorities": growth.measure_authorities,
    "gate": told(gate.measure),
    "disclosure": told(disclosure.measure),
    "forecast": told(forecast.measure),
    "readers": told(readers.measure),
}
"""Every part, in the order of the page."""


def main() -> int:
    """Measure the parts that are named, or all, write the page, and exit 0 whatever they gave: a bench is no test."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--pairs", type=int, default=compared.PAIRS, help="how often each pair is measured")
    parser.add_argument("--times", type=int, default=landing.TIMES, help="so many times Wrexham's rows are landed")
    given = parser.parse_args()
    compared.PAIRS, landing.TIMES = given.pairs, given.times
    chosen = given.parts or list(PARTS)
    unknown = sorted(set(chosen) - set(PARTS))
    if unknown:
        raise SystemExit(f"no part is called {', '.join(unknown)}: choose of {', '.join(PARTS)}")
    for name in chosen:
        before = os.getloadavg()[0]
        with home_of_its_own() as settings:
            part = PARTS[name](settings)
        bench_page.keep(name, part, before)
        bench_page.write(list(PARTS))
        table = Table(title=f"{name}, load {before:.1f} before", title_justify="left")
        for heading in ("What", "Measured", "Against", "Budget", ""):
            table.add_column(heading)
        for row in part.rows:
            table.add_row(*bench_page.cells(row))
        Console(width=160).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
