"""Measure landing against bare COPY of the same files, and a night step by step, on the sample.

Run by `make bench`. Absolute seconds depend on the machine and on what else it does; ratios of one run do not, much.
"""

from __future__ import annotations

import datetime
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from csc_warehouse import nightly
from csc_warehouse.sample import write_sample
from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.warehouse import Warehouse, cluster, open_warehouse

FIRST, SECOND = datetime.date(2018, 5, 19), datetime.date(2018, 5, 20)
REPEATS = 3


def timed(step: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that a step took, and what it gave."""
    started = time.perf_counter()
    outcome = step()
    return time.perf_counter() - started, outcome


def copy_files(warehouse: Warehouse, folder: Path) -> None:
    """COPY a RAISe delivery's files into bare text tables: the yardstick of landing."""
    with warehouse.raw_connection() as connection:
        connection.execute("create schema if not exists bench")
        for path in sorted(folder.glob("RAISE_*.csv")):
            header = path.open(encoding="cp1252").readline().strip().split(",")
            table = f"bench.{path.stem.lower()}"
            connection.execute(f"drop table if exists {table}")
            connection.execute(f"create table {table} ({', '.join(f'{name.lower()} text' for name in header)})")
            with (
                path.open("rb") as file,
                connection.cursor().copy(
                    f"copy {table} from stdin with (format csv, header, encoding 'WIN1252')"
                ) as copy,
            ):
                while block := file.read(1 << 20):
                    copy.write(block)
        connection.commit()
        connection.execute("drop schema bench cascade")


def land(settings: Settings, date: datetime.date) -> dict[str, Any]:
    """Land the one RAISe delivery of a date."""
    tickets = nightly.find_waiting_tickets("raise", settings=settings, as_at=date, is_scheduled=False)
    landed = nightly.land_tickets(tickets, settings=settings)
    if landed["landed"] != 1:
        raise SystemExit(f"expected one delivery of {date}, landed {landed['landed']}: {landed['refused']}")
    return landed


def main() -> int:
    """Print measured figures beside their budgets; exit 0 whatever they are: a benchmark is no test."""
    console = Console(width=120)
    home = Path(tempfile.mkdtemp(prefix="cscb"))
    home.chmod(0o755)
    settings = load_settings(home=home, exports=home / "exports")
    table = Table(title="Measured in one run", title_justify="left")
    for heading in ("What", "Measured", "Budget"):
        table.add_column(heading)
    try:
        seconds, _ = timed(lambda: write_sample(home / "sample"))
        table.add_row("writing Wrexham's sample", f"{seconds:.1f} s", "30 s")
        for date in (FIRST, SECOND):
            shutil.copytree(home / "sample" / "raise" / str(date), settings.exports / "raise" / str(date))
        warehouse = open_warehouse(settings)
        # libraries load once in a night, and are no part of a landing
        import duckdb  # noqa: F401
        import great_expectations  # noqa: F401

        yardstick = statistics.median(
            timed(lambda: copy_files(warehouse, settings.exports / "raise" / str(SECOND)))[0] for _ in range(REPEATS)
        )
        first, landed = timed(lambda: land(settings, FIRST))
        second, _ = timed(lambda: land(settings, SECOND))
        table.add_row("bare COPY of the same files", f"{yardstick:.2f} s", "")
        table.add_row(
            f"landing a first full ({landed['rows_accepted']:,} rows)", f"{first / yardstick:.1f} x COPY", "2.0 x"
        )
        table.add_row("landing the next night's full", f"{second / yardstick:.1f} x COPY", "1.5 x")
        shutil.rmtree(settings.exports)
        shutil.move(home / "sample", settings.exports)
        for what, step in (
            ("landing all that waits of the sample", lambda: nightly.land(settings=settings)),
            ("building the candidate", lambda: nightly.build(settings=settings)),
            ("checking, grading, reporting", lambda: nightly.check(settings=settings)),
            ("publishing", lambda: nightly.publish(settings=settings)),
            ("a second night with nothing new", lambda: nightly.run(settings=settings)),
        ):
            seconds, _ = timed(step)
            table.add_row(what, f"{seconds:.1f} s", "60 s" if "second night" in what else "")
    finally:
        cluster.stop(home)
        shutil.rmtree(home, ignore_errors=True)
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
