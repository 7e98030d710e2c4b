"""Run the nightly DAGs once, in this process (`dag.test`), and tell each task's outcome.

Exit codes: 0 done, 1 a fault, 3 held at the exit, 4 a delivery was refused (what could be published was).
Why not a scheduler, and what was measured, stands in dags/README.md. Started by make_run.py, which a signal reaches:
Airflow's task runner takes the process's signals for itself.
"""

from __future__ import annotations

import datetime
import logging
import os
import re
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from airflow_home import environment
from csc_warehouse.commands.console import ERROR, OUT
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.settings import PROJECT_DIRECTORY, Settings, load_settings

INGESTS = ("ingest_raise", "ingest_wccis", "ingest_corporate")
BUILD = "build_warehouse"
VERDICT = "report_verdict"
FAILED, HELD, REFUSED = 1, 3, 4
EXCEPTION_LINE = re.compile(r"^[\w.]*(Error|Exception)\b.*: ")
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
    terminal = os.fdopen(os.dup(1), "w", buffering=1)
    with log.open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    OUT.file = ERROR.file = terminal


def _prepare_airflow() -> None:
    """Bring Airflow's metadata up to date, and end what a killed run left behind."""
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
    with create_session() as session:
        unfinished = select(DagRun).where(DagRun.state.in_([DagRunState.QUEUED, DagRunState.RUNNING]))
        for run in session.scalars(unfinished):
            run.state = DagRunState.FAILED
        session.execute(delete(AssetDagRunQueue))


def _last_error(log: Path, offset: int) -> str | None:
    """Return the last exception that was logged after an offset, in its own words."""
    with log.open(errors="replace") as file:
        file.seek(offset)
        found = [line.strip() for line in file if EXCEPTION_LINE.match(line)]
    return found[-1] if found else None


def _run(dag: Any, log: Path) -> Any:
    """Run one DAG to its end and tell each task's outcome; return Airflow's DagRun."""
    started, offset = time.monotonic(), log.stat().st_size
    OUT.print(f"[bold]{dag.dag_id}[/bold]")
    for task in dag.tasks:
        task.retry_delay, task.retry_exponential_backoff = RETRY_AFTER, 0
    run = dag.test()
    for instance in sorted(run.get_task_instances(), key=lambda found: (found.start_date is None, found.start_date)):
        state = str(instance.state or "not run")
        colour = {"success": "green", "skipped": "dim"}.get(state, "red")
        OUT.print(f"    [{colour}]{state:<8}[/{colour}] {instance.task_id}", end="")
        OUT.print("" if instance.map_index < 0 else f" {instance.rendered_map_index or instance.map_index}")
    if run.state != "success":
        OUT.print(f"    [red]{_last_error(log, offset) or f'see {log}'}[/red]")
    OUT.print(f"    [dim]{time.monotonic() - started:.1f} s[/dim]")
    return run


def _night(settings: Settings) -> int:
    """Run the four DAGs as a night would; return the exit code."""
    log = settings.logs / "make_run.log"
    _divert_output(log)
    OUT.print(f"Starting Airflow (its log: {log})")
    os.environ.update(environment(settings))
    warnings.filterwarnings("ignore")
    from airflow.dag_processing.dagbag import DagBag

    _prepare_airflow()
    sys.path.append(str(PROJECT_DIRECTORY / "dags"))
    bag = DagBag(PROJECT_DIRECTORY / "dags")
    if bag.import_errors:
        raise CscWarehouseError("; ".join(f"{Path(path).name}: {why}" for path, why in bag.import_errors.items()))
    progress = logging.getLogger("csc_warehouse.progress")
    progress.addHandler(_ProgressLines())
    progress.setLevel(logging.INFO)
    runs = {name: _run(bag.dags[name], log) for name in (*INGESTS, BUILD)}
    _forget_queued_build()
    return _exit_code(runs)


def _exit_code(runs: dict[str, Any]) -> int:
    """Judge by what is red: a verdict alone means held or refused, anything else a fault; held wins over refused."""
    red = {
        name: {found.task_id for found in run.get_task_instances() if found.state in {"failed", "upstream_failed"}}
        for name, run in runs.items()
    }
    if any(tasks - {VERDICT} for tasks in red.values()):
        return FAILED
    if red[BUILD]:
        return HELD
    return REFUSED if any(red.values()) else 0


def _forget_queued_build() -> None:
    """Drop the assets' call for a build, which has just run: a later scheduler would answer it once more."""
    from airflow.models.asset import AssetDagRunQueue
    from airflow.utils.session import create_session
    from sqlalchemy import delete

    with create_session() as session:
        session.execute(delete(AssetDagRunQueue))


def main() -> int:
    """Run the night on the home of the environment; return the exit code."""
    try:
        return _night(load_settings())
    except CscWarehouseError as error:
        ERROR.print(f"[bold red]make run:[/bold red] {error}")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
