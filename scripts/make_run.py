"""From nothing to published figures: sample exports where none are, the nightly DAGs through Airflow, the scorecard."""

from __future__ import annotations

import gc
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airflow_home import ensure_exports, only_one
from csc_warehouse.commands.console import ERROR, OUT, leave, speak_utf8
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.exit_codes import ExitCode
from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.transform import write_profile
from services import running_services

ENDINGS: dict[int, str] = {
    ExitCode.ERROR: "a task failed, see above; readers keep the last published release.",
    ExitCode.HELD: "an authority was held at the exit, see above; its readers keep its last release.",
    ExitCode.REFUSED: "a delivery was refused, see above; everything else is landed and published.",
}
TERMINATED = 128 + signal.SIGTERM


@contextmanager
def _night() -> Iterator[subprocess.Popen[str]]:
    """Start the nightly DAGs in processes of their own, and take them along when this one is told to stop.

    Airflow prepares itself at once and begins when it is told on its standard input (see _begin).
    """
    # a session of its own: the processes that it starts end with it
    child = subprocess.Popen(  # noqa: S603
        [sys.executable, str(Path(__file__).with_name("run_night.py")), "--when-told"],
        stdin=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )

    def end() -> None:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)  # what it was writing rolls back; the next run does it again

    def stop(number: int, frame: Any) -> None:
        del number, frame
        end()
        sys.exit(TERMINATED)

    signal.signal(signal.SIGTERM, stop)
    try:
        yield child
    finally:
        end()


def _begin(child: subprocess.Popen[str]) -> int:
    """Tell the nightly DAGs to begin and return their exit code."""
    child.communicate("begin\n")
    return child.returncode


def _tell(settings: Settings) -> None:
    """Print what landed, what is published and its figures, and how to look further."""
    from csc_warehouse.commands import reading

    reading.status(as_json=False)
    try:
        reading.scorecard(period=None, authority=None, profile="committee")
    except CscWarehouseError as error:
        # a night that failed before its first release has something graver to tell
        ERROR.print(str(error))
    where = f"CSC_WAREHOUSE_HOME={shlex.quote(str(settings.home))} " if "CSC_WAREHOUSE_HOME" in os.environ else ""
    OUT.print("\nLook further:")
    for command, what in (
        (".venv/bin/csc-warehouse status", "what landed, what was refused and why, what is published"),
        (".venv/bin/csc-warehouse explain CON08 '2018/19 H1'", "one figure, down to the records it counts"),
        (".venv/bin/csc-warehouse psql", "SQL on marts.indicator_values and the rest"),
        ("make up", "the DAGs in Airflow's own pages, on this machine"),
    ):
        OUT.print(f"  {where}{command}  [dim]{what}[/dim]")


def main() -> int:
    """Do it; return the exit code."""
    settings = load_settings()
    started = time.monotonic()
    gc.set_threshold(100_000, 50, 50)  # the sample keeps what it makes; see run_night
    try:
        with only_one(settings, "make run"):
            if running_services(settings):
                raise CscWarehouseError(
                    "Airflow's services are up on this home and run the nights themselves: trigger the three ingest "
                    "DAGs there, or make down first."
                )
            if "CSC_WAREHOUSE_EXPORTS" in os.environ and not settings.exports.is_dir():
                raise UsageError(
                    f"The exports folder {settings.exports} does not exist: set CSC_WAREHOUSE_EXPORTS to the folder"
                    " that holds raise, wccis and corporate, or leave it unset for a synthetic council."
                )
            with _night() as child:
                if ensure_exports(settings):
                    OUT.print(f"Wrote a synthetic council's exports to {settings.exports}")
                code = _begin(child)
            # the server has its socket by now: whoever types dbt finds it there
            write_profile()
            _tell(settings)
    except CscWarehouseError as error:
        ERROR.print(f"[bold red]make run:[/bold red] {error}")
        return error.exit_code
    except KeyboardInterrupt:
        ERROR.print("Stopped. Nothing is half there: make run takes it up again.")
        return 128 + signal.SIGINT
    if code:
        ending = ENDINGS.get(code, ENDINGS[ExitCode.ERROR])
        ERROR.print(f"[bold red]make run:[/bold red] {ending} (Log: {settings.logs / 'make_run.log'})")
    OUT.print(f"Took {time.monotonic() - started:.0f} s.")
    return code


if __name__ == "__main__":
    speak_utf8()
    leave(main)
