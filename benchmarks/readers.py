"""Twenty clients that read published figures at once through the server's port, as a login of a BI tool does."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

from benchmarks.landing import Figure
from csc_warehouse import nightly
from csc_warehouse.privacy import logins
from csc_warehouse.privacy.grants import READER
from csc_warehouse.sample import write_sample
from csc_warehouse.settings import PROJECT_DIRECTORY, Settings
from csc_warehouse.warehouse import Warehouse, cluster, open_warehouse, serving

CLIENTS = 20
THREADS = 2
TIMES = 60
"""How often each client asks; the first time a connection learns of the tables, and that is in it."""
LOGIN = "bench_reader"
BUDGET = f"p95 50 ms (moonshot 15) with {CLIENTS} at once"
BARE = """
select indicator_code, title, display, rating, comparator, direction, grade, caveat from bench.scorecard
where authority_code = 'W06000006' and period_type = 'quarter' and period_label = '2018/19 Q2' order by indicator_code
"""
"""What a table of these rows alone, with an index for this question and nothing to hide, takes: the yardstick."""
BUDGETED = {
    "the scorecard of a quarter": BARE.replace("bench.scorecard", "reporting.rpt_scorecard"),
    "a figure's series by quarter": """
        select period_label, display, target, comparator, direction, caveat from reporting.rpt_scorecard
        where indicator_code = 'PM24' and period_type = 'quarter' order by period_start_date
    """,
    "a figure's series by quarter and team": """
        select period_label, breakdown_value, display from reporting.rpt_indicator_series
        where indicator_code = 'PM24' and period_type = 'quarter' and breakdown in ('all', 'team')
        order by period_start_date, breakdown_value
    """,
}
_BLOCK = re.compile(r"^```sql\n-- as csc_reader\n(.*?)^```", re.MULTILINE | re.DOTALL)


def measure(settings: Settings) -> list[Figure]:
    """Return what each query takes on a first night of the sample; the home is the caller's."""
    write_sample(settings.exports)
    nightly.run(settings=settings)
    return measure_published(settings)


def measure_published(settings: Settings) -> list[Figure]:
    """Return how long readers of a home wait for each query: the budgeted ones, and those that docs/bi shows.

    Half of the answers come within p50 and 95 of a hundred within p95; the ratio is to the same question asked by as
    many clients of a bare table.
    """
    serving.serve(settings, is_cutting_off=True)
    warehouse = open_warehouse(settings)
    password = logins.add(warehouse, LOGIN, READER)
    try:
        _make_yardstick(warehouse)
        yardstick = _waits(settings, password, BARE)
        figures = [("a bare table with an index, the same question", _said(yardstick, yardstick), "")]
        for what, query in BUDGETED.items():
            figures.append((what, _said(_waits(settings, password, query), yardstick), BUDGET))
        for number, query in enumerate(documented(), start=1):
            figures.append((f"docs/bi, query {number}", _said(_waits(settings, password, query), yardstick), ""))
        return figures
    finally:
        with warehouse.raw_connection() as connection:
            connection.execute("drop schema if exists bench cascade")
        logins.remove(warehouse, LOGIN)
        warehouse.engine.dispose()
        serving.close(settings, is_cutting_off=True)


def documented() -> list[str]:
    """Return the queries that docs/bi shows to a reader."""
    pages = sorted((PROJECT_DIRECTORY / "docs" / "bi").glob("*.md"))
    return [query for page in pages for query in _BLOCK.findall(page.read_text(encoding="utf-8"))]


def _make_yardstick(warehouse: Warehouse) -> None:
    """Copy the scorecard that a reader sees into a table with an index for the question that is asked of it."""
    with warehouse.raw_connection() as connection:
        connection.execute("create schema bench")
        connection.execute(
            "create table bench.scorecard as select * from reporting.rpt_scorecard where profile = 'committee'"
        )
        connection.execute("create index on bench.scorecard (authority_code, period_type, period_label)")
        connection.execute("analyze bench.scorecard")
        connection.execute(f"grant usage on schema bench to {LOGIN}")
        connection.execute(f"grant select on bench.scorecard to {LOGIN}")


def _waits(settings: Settings, password: str, query: str) -> list[float]:
    """Return the milliseconds of each answer, from question to last row, ascending; PostgreSQL's own pgbench asks."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "query.sql"
        script.write_text(" ".join(query.split()).rstrip(";") + ";\n", encoding="utf-8")
        command = [str(cluster.binaries() / "pgbench"), "--no-vacuum", f"--file={script}", "--log"]
        command += [f"--log-prefix={folder}/wait", f"--client={CLIENTS}", f"--jobs={THREADS}"]
        command += [f"--transactions={TIMES}", "--host=127.0.0.1", f"--port={cluster.open_port(settings.home)}"]
        command += [f"--username={LOGIN}", cluster.DATABASE]
        outcome = subprocess.run(  # noqa: S603
            command, env={**os.environ, "PGPASSWORD": password}, capture_output=True, text=True, check=False
        )
        if outcome.returncode:
            raise SystemExit(f"pgbench failed on {query.strip()}: {outcome.stderr.strip()}")
        lines = [line for path in Path(folder).glob("wait*") for line in path.read_text().splitlines()]
    return sorted(int(line.split()[2]) / 1000 for line in lines)


def _said(waits: list[float], yardstick: list[float]) -> str:
    """Return p50 and p95, and how many times the yardstick's each is."""
    cuts, bare = statistics.quantiles(waits, n=20), statistics.quantiles(yardstick, n=20)
    middle, late = cuts[9], cuts[18]
    return f"p50 {middle:.1f} ms ({middle / bare[9]:.1f} x bare), p95 {late:.1f} ms ({late / bare[18]:.1f} x bare)"
