"""From nothing to published figures: sample exports where none are, the nightly DAGs through Airflow, the scorecard.

Airflow runs the DAGs in this process (`dag.test`): the reason and what was measured stand in dags/README.md.
"""

from __future__ import annotations

import logging
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from airflow_home import airflow_home, ensure_exports, environment, only_one
from csc_warehouse.commands.console import ERROR, OUT
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.settings import PROJECT_DIRECTORY, Settings, load_settings
from services import running_services

INGESTS = ("ingest_raise", "ingest_wccis", "ingest_corporate")
BUILD = "build_warehouse"
FAILED, HELD, REFUSED = 1, 3, 4
SECONDS_BETWEEN_LINES = 2.0


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
        check_migrations(timeout=0)
    except TimeoutError:
        initdb()
    with create_session() as session:
        unfinished = select(DagRun).where(DagRun.state.in_([DagRunState.QUEUED, DagRunState.RUNNING]))
        for run in session.scalars(unfinished):
            run.state = DagRunState.FAILED
        session.execute(delete(AssetDagRunQueue))


def _run(dag: Any) -> Any:
    """Run one DAG to its end and tell each task's outcome; return Airflow's DagRun."""
    started = time.monotonic()
    OUT.print(f"[bold]{dag.dag_id}[/bold]")
    run = dag.test()
    for instance in sorted(run.get_task_instances(), key=lambda found: (found.start_date is None, found.start_date)):
        state = str(instance.state or "not run")
        colour = {"success": "green", "skipped": "dim"}.get(state, "red")
        OUT.print(f"    [{colour}]{state:<8}[/{colour}] {instance.task_id}", end="")
        OUT.print("" if instance.map_index < 0 else f" {instance.rendered_map_index or instance.map_index}")
    OUT.print(f"    {time.monotonic() - started:.1f} s")
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
    states = {name: str(_run(bag.dags[name]).state) for name in (*INGESTS, BUILD)}
    _forget_queued_build()
    if states[BUILD] != "success":
        return FAILED
    return 0 if all(state == "success" for state in states.values()) else REFUSED


def _forget_queued_build() -> None:
    """Drop the assets' call for a build, which has just run: a later scheduler would answer it once more."""
    from airflow.models.asset import AssetDagRunQueue
    from airflow.utils.session import create_session
    from sqlalchemy import delete

    with create_session() as session:
        session.execute(delete(AssetDagRunQueue))


def _tell(settings: Settings, code: int) -> None:
    from csc_warehouse.commands import look

    look.status(as_json=False)
    look.scorecard(period=None, authority=None, profile="committee")
    OUT.print()
    OUT.print("Look further:")
    where = "" if "CSC_WAREHOUSE_HOME" not in os.environ else f"CSC_WAREHOUSE_HOME={settings.home} "
    for command, what in (
        ("csc-warehouse status", "what landed, what was refused and why, what is published"),
        ("csc-warehouse explain CON08 '2018/19 H1'", "one figure, down to the records it counts"),
        ("csc-warehouse psql", "SQL on marts.indicator_values and the rest"),
    ):
        OUT.print(f"  {where}.venv/bin/{command}  [dim]{what}[/dim]")
    OUT.print(f"  {where}make up  [dim]the DAGs in Airflow's own pages, on this machine[/dim]")
    if code:
        OUT.print(f"[red]The night did not end well: see above and {settings.logs / 'make_run.log'}.[/red]")


def main() -> int:
    """Do it; return the exit code: 0 done, 1 error, 3 held, 4 a delivery was refused."""
    settings = load_settings()
    try:
        with only_one(settings, "make run"):
            if running_services(settings):
                raise CscWarehouseError(
                    "Airflow's services are up on this home and run the nights themselves: trigger the ingest DAGs "
                    f"there, or make down first. (Home: {airflow_home(settings)})"
                )
            started = time.monotonic()
            if ensure_exports(settings):
                OUT.print(f"Wrote a synthetic council's exports to {settings.exports}")
            code = _night(settings)
            _tell(settings, code)
            OUT.print(f"Took {time.monotonic() - started:.0f} s.")
            return code
    except CscWarehouseError as error:
        ERROR.print(f"[bold red]make run:[/bold red] {error}")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
