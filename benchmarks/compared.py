"""Our ways beside what a user would pick instead, in turns on the same files: landing, figures, orchestration."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from benchmarks import landing
from benchmarks.bench_rows import Drawing, Part, Row, ratios
from csc_warehouse import nightly
from csc_warehouse.quality import validation
from csc_warehouse.sample import LAST_DAY, write_sample
from csc_warehouse.settings import PROJECT_DIRECTORY, Settings, child_environment, load_settings
from csc_warehouse.transform import runner
from csc_warehouse.warehouse import Warehouse, cluster, open_warehouse
from expectations.catalogue import load_catalogue

RIVALS = PROJECT_DIRECTORY / "benchmarks" / "rivals"
PYTHON = PROJECT_DIRECTORY / ".venv-bench" / "bin" / "python"
PAIRS = 3
SELECTED = "path:models/staging/wccis"
"""What every orchestration builds: one layer of one system, each model a view: the orchestration is what costs."""
CHANGED = (0.0, 0.005, 0.05, 0.5)


def _rival(*arguments: str) -> str:
    if not PYTHON.exists():
        raise SystemExit(
            "What is compared with is not installed: run make bench, with PARTS=landing for this part alone."
        )
    done = subprocess.run(  # noqa: S603  (our own programs)
        [str(PYTHON), *arguments],
        env=child_environment(),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{arguments[0]} failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return done.stdout.strip().splitlines()[-1]


def _prepared(settings: Settings, shares: tuple[float, ...]) -> tuple[Warehouse, list[Path]]:
    """Write one enlarged RAISe full, and another for each share of changed rows, all of the day after."""
    clean = settings.home / "clean"
    write_sample(clean, clean=True)
    sampled = clean / "raise" / str(landing.SAMPLED)
    landing.enlarge(sampled, settings.exports, landing.FIRST, changed_share=0)
    folders = []
    for share in shares:
        aside = settings.home / f"changed-{share}"
        landing.enlarge(sampled, aside, landing.SECOND, changed_share=share)
        folders.append(aside / "raise" / str(landing.SECOND))
    shutil.rmtree(clean)
    # libraries and the catalogue of checks load once in a night, and are no part of a landing
    import duckdb  # noqa: F401

    validation.prepare()
    load_catalogue()
    return open_warehouse(settings), folders


def _landed(settings: Settings, folders: list[Path]) -> tuple[float, list[float], int]:
    """Land a first full in an empty home, then each changed one on top; return the seconds of each, and the rows."""
    home = settings.home / "landed"
    own = load_settings(home=home, exports=home / "exports")
    shutil.copytree(settings.exports, own.exports)
    try:
        open_warehouse(own).engine.dispose()
        first, landed = landing.timed(lambda: landing.land(own, landing.FIRST))
        later = []
        for folder in folders:
            shutil.copytree(folder, own.exports / "raise" / str(landing.SECOND), dirs_exist_ok=True)
            seconds, _ = landing.timed(lambda: landing.land(own, landing.SECOND))
            later.append(seconds)
    finally:
        cluster.stop(home)
        shutil.rmtree(home, ignore_errors=True)
    return first, later, int(landed["rows_accepted"])


def measure_landing(settings: Settings) -> Part:
    """Return landing against bare COPY, and COPY against what else lands these files, pair by pair."""
    warehouse, folders = _prepared(settings, (landing.CHANGED_SHARE,))
    folder = settings.exports / "raise" / str(landing.FIRST)
    url = warehouse.url.render_as_string(hide_password=False)
    copied, first, changed = [], [], []
    others: dict[str, list[float]] = {"duckdb": [], "dlt": [], "pandas": []}
    rows = 0
    for _ in range(PAIRS):
        copied.append(landing.timed(lambda: landing.copy_files(warehouse, folder))[0])
        seconds, (next_one,), rows = _landed(settings, folders)
        first.append(seconds)
        changed.append(next_one)
        for tool, found in others.items():
            with warehouse.raw_connection() as connection:
                connection.execute("drop schema if exists bench cascade")
                connection.execute("create schema bench")
            found.append(float(_rival(str(RIVALS / "land.py"), tool, str(folder), url)))
    warehouse.engine.dispose()
    copy = "bare COPY of the same files"
    return Part(
        (
            Row(copy, tuple(copied), "s"),
            Row(f"landing a first full, {rows:,} rows", ratios(first, copied), "x", copy, 2.0, 1.2),
            Row(f"landing a full, {landing.CHANGED_SHARE:.1%} changed", ratios(changed, copied), "x", copy, 1.5, 0.7),
            Row("DuckDB: text and a hash of each row into a file", ratios(others["duckdb"], copied), "x", copy),
            Row("dlt into the same server", ratios(others["dlt"], copied), "x", copy),
            Row("pandas.to_sql into the same server", ratios(others["pandas"], copied), "x", copy),
        )
    )


def measure_changes(settings: Settings) -> Part:
    """Return what landing a full costs by the share of its rows that changed, against bare COPY."""
    rows, places, middles = [], [], []
    for share in CHANGED:
        home = settings.home / f"share-{share}"
        own = settings.model_copy(update={"home": home, "exports": home / "exports"})
        try:
            warehouse, folders = _prepared(own, (share,))
            copied, found = [], []
            for _ in range(PAIRS):
                copied.append(landing.timed(lambda w=warehouse, f=folders[0]: landing.copy_files(w, f))[0])  # type: ignore[misc]
                found.append(_landed(own, folders)[1][0])
            warehouse.engine.dispose()
        finally:
            cluster.stop(home)
            shutil.rmtree(home, ignore_errors=True)
        row = Row(f"landing a full, {share:.1%} of its rows changed", ratios(found, copied), "x", "bare COPY")
        rows.append(row)
        places.append(f"{share:.1%}")
        middles.append(round(row.median, 2))
    drawing = Drawing(
        "changes",
        "Landing a full, against bare COPY, by the share of rows that changed",
        tuple(places),
        {"landing": tuple(middles)},
        "times COPY",
    )
    return Part(tuple(rows), (drawing,))


def measure_figures(settings: Settings) -> Part:
    """Return building every figure from what is landed, against DuckDB working them out from the same files."""
    from tests.golden.second_opinion import calculate

    write_sample(settings.exports)
    nightly.land(settings=settings)
    built, second = [], []
    for _ in range(PAIRS):
        built.append(landing.timed(lambda: nightly.build(settings=settings))[0])
        second.append(landing.timed(lambda: calculate(settings.exports, LAST_DAY))[0])
    against = "DuckDB and Python on the delivery files: figures alone, no keys, history, records or tests"
    return Part(
        (
            Row("every figure worked out by DuckDB and Python", tuple(second), "s"),
            Row("building all: facts, records, figures and their tests", ratios(built, second), "x", against),
        )
    )


def measure_orchestration(settings: Settings) -> Part:
    """Return one session of dbt in a process that has it loaded, a dbt command, and Cosmos with a task per model."""
    from dbt.cli.main import dbtRunner

    write_sample(settings.exports)
    nightly.land(settings=settings)
    nightly.build(settings=settings)
    warehouse = open_warehouse(settings)
    project, state = settings.home / "bench-project", settings.home / "bench-state"
    shutil.copytree(PROJECT_DIRECTORY / "dbt_project", project, ignore=shutil.ignore_patterns("target", "logs"))
    arguments = ["build", "--select", SELECTED, "--exclude", "resource_type:test", "resource_type:unit_test"]
    where = ["--project-dir", str(project), "--profiles-dir", str(runner.PROFILES), "--target", "dev"]
    where += ["--target-path", str(state), "--log-path", str(state / "logs")]
    inside, command, cosmos, tasks = [], [], [], 0
    with runner.lent_environment(runner.connection_parameters(warehouse)):
        dbtRunner().invoke([*arguments, *where, "--quiet"])
        for _ in range(PAIRS):
            inside.append(landing.timed(lambda: dbtRunner().invoke([*arguments, *where, "--quiet"]))[0])
            dbt = str(PROJECT_DIRECTORY / ".venv" / "bin" / "dbt")
            call = [dbt, *arguments, *where, "--quiet"]
            command.append(
                landing.timed(
                    lambda c=call: subprocess.run(c, env=child_environment(), check=True, capture_output=True)  # type: ignore[misc]  # noqa: S603
                )[0]
            )
            told = json.loads(_rival(str(RIVALS / "cosmos_tasks.py"), str(project), str(runner.PROFILES), SELECTED))
            cosmos.append(float(told["seconds"]))
            tasks = int(told["tasks"])
    warehouse.engine.dispose()
    one = "one session of dbt in a process that has it loaded"
    return Part(
        (
            Row(f"{one}, {tasks} models", tuple(inside), "s"),
            Row("the same by a dbt command, started anew", ratios(command, inside), "x", one),
            Row("the same by Cosmos, a task per model, one after the other", ratios(cosmos, inside), "x", one),
        )
    )
