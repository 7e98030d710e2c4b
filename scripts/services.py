"""Airflow's four processes on this machine: start them, wait until they are well, stop them and the database."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import sqlalchemy

import processes
import superset_service
from airflow_home import ACCOUNTS, DEFAULT_PORT, airflow_home, ensure_exports, environment, only_one, secret
from csc_warehouse.commands.console import ERROR, OUT, speak_utf8
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.settings import PROJECT_DIRECTORY, Settings, load_settings
from csc_warehouse.warehouse import cluster

SERVICES = {
    "api-server": ["api-server"],
    # with everything on one machine the pages read the logs as files; serving them would open a port to the network
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
LONDON = ZoneInfo("Europe/London")
NIGHT = datetime.time(2, 30)
"""When the timetable runs the ingests, by the clock in London; a test holds it to the DAGs."""
HEALTHY_WITHIN_SECONDS = 180


def _folder(settings: Settings) -> Path:
    return airflow_home(settings) / "services"


def running_services(settings: Settings) -> dict[str, psutil.Process]:
    """Return the live processes of this home by service."""
    found = {name: processes.find(_folder(settings), name) for name in SERVICES}
    return {name: process for name, process in found.items() if process}


def _health(port: int) -> dict[str, str]:
    """Return each part's health as Airflow tells it; empty while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5) as answer:
            told = json.load(answer)
    except (OSError, urllib.error.URLError, json.JSONDecodeError):
        return {}
    return {part: str((state or {}).get("status")) for part, state in told.items()}


def _require_free(port: int) -> None:
    if not processes.is_free(port):
        raise UsageError(f"Port {port} is taken by another program: make up PORT=8081 (or any free one).")


def _prepare(variables: dict[str, str], what: str, *arguments: str) -> None:
    """Run Python to its end, away from any terminal; raise CscWarehouseError with its last words."""
    done = subprocess.run(  # noqa: S603  (our interpreter and our own arguments)
        [sys.executable, *arguments],
        env=variables,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise CscWarehouseError(f"{what} failed: {' '.join(words)}")


def _port_in_use(settings: Settings) -> int | None:
    try:
        return int((_folder(settings) / "port").read_text())
    except (FileNotFoundError, ValueError):
        return None


def _password_file(settings: Settings, account: str) -> Path:
    """Return the file of an account's password, made at random on first use."""
    name = f"{account}_password"
    secret(settings, name)
    return airflow_home(settings) / "secrets" / name


def _tell_where(settings: Settings, port: int) -> None:
    OUT.print(f"Airflow is up: http://127.0.0.1:{port}")
    for name, role in ACCOUNTS.items():
        OUT.print(f"  user {name} ({role}), password in {_password_file(settings, name)}")
    OUT.print(f"  logs in {_folder(settings)}; make down stops everything")


def night_that_is_due(last_run: datetime.datetime | None, now: datetime.datetime) -> str:
    """Say what the scheduler does first: run the night that was due since its last one, or wait for the next.

    last_run: when the newest scheduled night was due; None: there was none yet.
    """
    here = now.astimezone(LONDON)
    due = here.replace(hour=NIGHT.hour, minute=NIGHT.minute, second=0, microsecond=0)
    if due > here:
        due -= datetime.timedelta(days=1)
    if last_run is None or last_run < due:
        return (
            f"The night of {due:%d %B, %H:%M} has not been run here: it starts by itself now, lands what waits, and"
            " builds and publishes anew. The next is at 02:30 (London)."
        )
    return "The next night starts by itself at 02:30 (London)."


def _last_night(variables: dict[str, str]) -> datetime.datetime | None:
    """Return when the newest scheduled night was due, of Airflow's own records."""
    engine = sqlalchemy.create_engine(variables["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
    with engine.connect() as connection:
        found: datetime.datetime | None = connection.execute(
            sqlalchemy.text("select max(run_after) from dag_run where dag_id like 'ingest%' and run_type = 'scheduled'")
        ).scalar()
    engine.dispose()
    return found


def up(settings: Settings, port: int) -> None:
    """Start what does not run, wait until all is healthy and say where it is.

    Raises CscWarehouseError when it does not become healthy, naming the part and its log.
    """
    alive = running_services(settings)
    if len(alive) == len(SERVICES):
        _tell_where(settings, _port_in_use(settings) or port)
        return
    if "api-server" in alive:
        port = _port_in_use(settings) or port
    else:
        _require_free(port)
    if ensure_exports(settings):
        OUT.print(f"Wrote a synthetic council's exports to {settings.exports}")
    variables = environment(settings, port=port)
    OUT.print("Preparing Airflow's database ...")
    _prepare(variables, "Bringing Airflow's database up to date", "-m", "airflow", "db", "migrate")
    marker = _folder(settings) / "accounts_made"
    if not marker.exists():
        # a password as an argument would stand in the list of processes: its file does
        accounts = [f"{name}:{role}:{_password_file(settings, name)}" for name, role in ACCOUNTS.items()]
        script = str(Path(__file__).with_name("airflow_accounts.py"))
        _prepare(variables, "Making the accounts", script, *accounts)
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()
    night = night_that_is_due(_last_night(variables), datetime.datetime.now(LONDON))
    for name, arguments in SERVICES.items():
        if name not in alive:
            command = [sys.executable, "-m", "airflow", *arguments]
            processes.start(_folder(settings), name, command, variables, inside=PROJECT_DIRECTORY)
    (_folder(settings) / "port").write_text(str(port))
    _wait_until_healthy(settings, port)
    _tell_where(settings, port)
    OUT.print(f"  {night}")


def _wait_until_healthy(settings: Settings, port: int) -> None:
    OUT.print("Waiting for its processes ...")
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    while True:
        health = _health(port)
        if health and all(state == "healthy" for state in health.values()):
            return
        dead = sorted(set(SERVICES) - set(running_services(settings)))
        if dead:
            raise CscWarehouseError(f"{dead[0]} ended by itself: see {_folder(settings) / (dead[0] + '.log')}.")
        if time.monotonic() > deadline:
            ill = sorted(part for part, state in health.items() if state != "healthy") or ["api-server"]
            raise CscWarehouseError(f"{', '.join(ill)} not healthy in time: see the logs in {_folder(settings)}.")
        time.sleep(1)


def down(settings: Settings) -> None:
    """Stop the four processes, what they started, Superset, and the embedded cluster; nothing to stop is fine."""
    was_at_work = [processes.stop(_folder(settings), list(SERVICES)), superset_service.down(settings)]
    was_running = cluster.stop(settings.home)
    OUT.print("Stopped." if any(was_at_work) or was_running else "Nothing was running.")


def main(arguments: list[str]) -> int:
    """Obey `up [PORT]`, `down` or `airflow ...` (any command of Airflow on this home)."""
    settings = load_settings()
    what, rest = arguments[0], arguments[1:]
    try:
        if what == "airflow":
            os.execve(sys.executable, [sys.executable, "-m", "airflow", *rest], environment(settings))  # noqa: S606
        with only_one(settings, f"make {what}"):
            if what == "up":
                up(settings, int(rest[0]) if rest else DEFAULT_PORT)
            else:
                down(settings)
    except CscWarehouseError as error:
        ERROR.print(f"[bold red]make {what}:[/bold red] {error}")
        return error.exit_code
    return 0


if __name__ == "__main__":
    speak_utf8()
    sys.exit(main(sys.argv[1:]))
