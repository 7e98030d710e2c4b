"""Run the nightly DAGs once, without a scheduler (`dag.test`), and tell each task's outcome.

WCCIS is landed in a second process beside this one, as a scheduler's night would; then comes the build.
Why not a scheduler, and what was measured, stands in dags/README.md. Started by make_run.py, which a signal reaches:
Airflow's task runner takes the process's signals for itself.
"""

from __future__ import annotations

import datetime
import gc
import logging
import multiprocessing
import os
import re
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from airflow_home import environment
from csc_warehouse import transform
from csc_warehouse.commands.console import ERROR, OUT, leave, speak_utf8
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.exit_codes import ExitCode, gravest
from csc_warehouse.quality import validation
from csc_warehouse.settings import PROJECT_DIRECTORY, SOURCES, Settings, load_settings
from csc_warehouse.warehouse import open_warehouse
from csc_warehouse.warehouse.home import make_private

OURS = ("ingest_raise", "ingest_corporate")
BESIDE = tuple(dag_id for source in SOURCES if (dag_id := f"ingest_{source}") not in OURS)
"""The first load's work is about even between the two processes."""
WHEN_TOLD = "--when-told"
"""The argument with which it prepares, and begins when a line comes on the standard input."""
BUILD = "build_warehouse"
VERDICT = "report_verdict"
EXCEPTION_LINE = re.compile(r"^[\w.]*(Error|Exception): |^\S+ \[error\s*\] (?=.* \[task\])")
"""An error with its traceback, or the one sentence of an expected one."""
AFTER_A_SENTENCE = re.compile(r"\s+\[task\].*$")
SECONDS_BETWEEN_LINES = 2.0
RETRY_AFTER = datetime.timedelta(seconds=5)
"""Somebody is looking on: the minutes that a night waits between tries would look like a standstill."""


class _ProgressLines(logging.Handler):
    """Show what the tasks say of their progress, at most a line every two seconds."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._last = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        if time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            OUT.print(f"    {record.getMessage()}")


def _divert_output(log: Path) -> None:
    """Send what Airflow, dbt and Great Expectations print to a log, and keep the terminal for what a person reads."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    if OUT.file is sys.stdout:
        OUT.file = ERROR.file = os.fdopen(os.dup(1), "w", buffering=1)
    with log.open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _prepare_airflow(bag: Any) -> None:
    """Bring Airflow's metadata up to date, and end what a killed run left behind."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import sync_bag_to_db
    from airflow.models.asset import AssetDagRunQueue
    from airflow.models.dagrun import DagRun
    from airflow.utils.db import check_migrations, initdb
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState
    from sqlalchemy import delete, select

    try:
        check_migrations(timeout=0)  # type: ignore[no-untyped-call]
    except TimeoutError:
        initdb()
    # dag.test does this too; two processes that do it first at once would write the same rows
    bundles = DagBundlesManager()  # type: ignore[no-untyped-call]
    bundles.sync_bundles_to_db()
    for bundle in bundles.get_all_dag_bundles():
        sync_bag_to_db(bag, bundle.name, None)
    with create_session() as session:
        unfinished = select(DagRun).where(DagRun.state.in_([DagRunState.QUEUED, DagRunState.RUNNING]))
        for run in session.scalars(unfinished):
            run.state = DagRunState.FAILED
        session.execute(delete(AssetDagRunQueue))


def _first_error(log: Path, offset: int) -> str | None:
    """Return the first error that was logged after an offset, in its own words: those after it follow from it."""
    with log.open(errors="replace") as file:
        file.seek(offset)
        found = (
            AFTER_A_SENTENCE.sub("", EXCEPTION_LINE.sub("", line.strip()))
            for line in file
            if EXCEPTION_LINE.match(line)
        )
        return next(found, None)


def _run(dag: Any, log: Path) -> Any:
    """Run one DAG to its end and tell each task's outcome; return Airflow's DagRun."""
    started, offset = time.monotonic(), log.stat().st_size
    for task in dag.tasks:
        task.retry_delay, task.retry_exponential_backoff = RETRY_AFTER, 0
    run = dag.test()
    OUT.print(f"[bold]{dag.dag_id}[/bold]")
    for instance in sorted(run.get_task_instances(), key=lambda found: (found.start_date is None, found.start_date)):
        state = str(instance.state or "not run")
        colour = {"success": "green", "skipped": "dim"}.get(state, "red")
        OUT.print(f"    [{colour}]{state:<8}[/{colour}] {instance.task_id}", end="")
        OUT.print("" if instance.map_index < 0 else f" {instance.rendered_map_index or instance.map_index}")
    if run.state != "success":
        OUT.print(f"    [red]{_first_error(log, offset) or f'see {log}'}[/red]")
    OUT.print(f"    [dim]{time.monotonic() - started:.1f} s[/dim]")
    return run


def look_for_garbage_less_often() -> None:
    """Collect garbage a hundred times less often: what dbt, Great Expectations and the sample make, they keep.

    Looking for it took a tenth of their time.
    """
    gc.set_threshold(100_000, 50, 50)


def _open_bag(settings: Settings, log: Path) -> Any:
    """Load the DAGs with Airflow's environment, their progress shown and all else in the log."""
    _divert_output(log)
    os.environ.update(environment(settings))
    warnings.filterwarnings("ignore")
    from airflow.dag_processing.dagbag import DagBag

    sys.path.append(str(PROJECT_DIRECTORY / "dags"))
    bag = DagBag(PROJECT_DIRECTORY / "dags", bundle_path=PROJECT_DIRECTORY / "dags", bundle_name="dags-folder")
    if bag.import_errors:
        raise CscWarehouseError("; ".join(f"{Path(path).name}: {why}" for path, why in bag.import_errors.items()))
    progress = logging.getLogger("csc_warehouse.progress")
    progress.addHandler(_ProgressLines())
    progress.setLevel(logging.INFO)
    return bag


def _night(settings: Settings, *, is_told: bool) -> int:
    """Run the four DAGs as a night would; return the exit code."""
    make_private(settings.home, holds_server=True)
    log = settings.logs / "make_run.log"
    OUT.print(f"Starting Airflow (its log: {log})")
    bag = _open_bag(settings, log)
    _prepare_airflow(bag)
    if is_told:
        # the sample is still being written: load what the tasks will need
        validation.prepare()
        if not sys.stdin.readline():
            return ExitCode.ERROR
    gc.freeze()
    # a copy of this process has all of that already; Airflow drops its connections in a copy, ours are never kept
    beside = multiprocessing.get_context("fork").Process(target=_run_beside, args=(settings, bag))
    beside.start()
    runs = {name: _run(bag.dags[name], log) for name in OURS}
    transform.parse_project(open_warehouse(settings))  # while the other process still lands
    beside.join()
    runs[BUILD] = _run(bag.dags[BUILD], log)
    _forget_queued_build()
    return gravest(beside.exitcode or 0, _exit_code(runs))


def _run_beside(settings: Settings, bag: Any) -> None:
    """Run the DAGs of the second process and exit with their exit code."""
    log = settings.logs / "make_run_beside.log"
    _divert_output(log)
    sys.exit(_exit_code({name: _run(bag.dags[name], log) for name in BESIDE}))


def _exit_code(runs: dict[str, Any]) -> int:
    """Judge by what is red: a verdict alone means held or refused, anything else a fault; held wins over refused."""
    red = {
        name: {found.task_id for found in run.get_task_instances() if found.state in {"failed", "upstream_failed"}}
        for name, run in runs.items()
    }
    if any(tasks - {VERDICT} for tasks in red.values()):
        return ExitCode.ERROR
    if red.get(BUILD):
        return ExitCode.HELD
    return ExitCode.REFUSED if any(red.values()) else ExitCode.DONE


def _forget_queued_build() -> None:
    """Drop the assets' call for a build, which has just run: a later scheduler would answer it once more."""
    from airflow.models.asset import AssetDagRunQueue
    from airflow.utils.session import create_session
    from sqlalchemy import delete

    with create_session() as session:
        session.execute(delete(AssetDagRunQueue))


def main() -> int:
    """Run the night on the home of the environment; return the exit code."""
    look_for_garbage_less_often()
    try:
        return _night(load_settings(), is_told=WHEN_TOLD in sys.argv)
    except CscWarehouseError as error:
        ERROR.print(f"[bold red]make run:[/bold red] {error}")
        return error.exit_code


if __name__ == "__main__":
    speak_utf8()
    leave(main)
