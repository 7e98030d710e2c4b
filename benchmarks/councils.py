"""Let twenty-two authorities' nights go through Airflow at once, by Celery's workers, and see that each fails apart.

Run by `make councils`, as root, with Debian's redis-server. The timetable lands, builds, checks and publishes a night
of fulls, then one of deltas in which one delivery is cut off, one does not come and one is held at the exit.
The same deliveries are taken by one process on a home of its own, and every published relation is compared.
"""

from __future__ import annotations

import argparse
import datetime
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from airflow_home import environment
from benchmarks import chaos_night, councils_seen
from benchmarks.__main__ import home_of_its_own
from benchmarks.chaos import due_before, free_port, wait_for_dags
from benchmarks.chaos_ground import AIRFLOW, SERVER, Supervisor
from benchmarks.chaos_night import Airflow
from benchmarks.councils_deliveries import (
    AUTHORITIES,
    CONFIGURATION,
    DAY,
    SCALE,
    SECOND_NIGHT,
    SET_APART,
    settle,
    write_deliveries,
)
from benchmarks.councils_seen import Memory
from benchmarks.measured import MEASURED, machine, write_page, write_result
from csc_warehouse import nightly
from csc_warehouse.commands.console import OUT
from csc_warehouse.settings import SOURCES, Settings, load_config

TASKS_OF_A_WORKER = 2
WORKERS = {
    f"worker {name}": ["celery", "worker", "--skip-serve-logs", "--without-gossip", "--celery-hostname", f"{name}@%h"]
    for name in ("one", "two")
}
REDIS = "Redis"
CONFIGURED = "csc_warehouse.toml"
MOST_MIB = 8 * 1024
"""What docs/runbooks/compose.md asks of a machine for one council: all programs together stay below it."""
LONGEST_NIGHT = 60 * 60.0
SECONDS_UNTIL_ASKED_AGAIN = 60.0
_LANDINGS = """
select t.start_date, t.end_date from task_instance as t
inner join dag_run as r on r.dag_id = t.dag_id and r.run_id = t.run_id
where r.id > %(last)s and t.task_id = 'land' and t.start_date is not null
union all
select t.start_date, t.end_date from task_instance_history as t
inner join dag_run as r on r.dag_id = t.dag_id and r.run_id = t.run_id
where r.id > %(last)s and t.task_id = 'land' and t.start_date is not null
"""
_BEGUN = (
    "select count(distinct dag_id) from dag_run where id > %s and dag_id like 'ingest%%' and run_type = 'scheduled'"
)


@contextmanager
def redis(folder: Path) -> Iterator[psutil.Process]:
    """Run Celery's broker on a socket of its own; raise SystemExit where it is not installed."""
    program = shutil.which("redis-server")
    if program is None or os.geteuid() != 0:
        raise SystemExit("make councils needs root and redis-server: apt-get install redis-server, and run it as root.")
    settings = ("--port", "0", "--unixsocket", str(folder / "redis.sock"), "--unixsocketperm", "700", "--save", "")
    with (folder / "redis.log").open("wb") as log:
        broker = subprocess.Popen([program, *settings], stdout=log, stderr=log, cwd=folder)  # noqa: S603
    try:
        yield psutil.Process(broker.pid)
    finally:
        broker.terminate()
        broker.wait(30)


@contextmanager
def home_in(folder: Path) -> Iterator[Settings]:
    """Yield a home with the trial's configuration and its key, which every home of it has."""
    with home_of_its_own() as own:
        kept = {"key_file": folder / "secrets" / "pseudonym.key", "config": load_config(folder / CONFIGURED)}
        yield own.model_copy(update=kept)


def in_one_process(folder: Path) -> list[dict[str, Any]]:
    """Return what each night leaves that one process does, on a home of its own: digests, and how long it took."""
    found = []
    with home_in(folder) as settings:
        for delivered in (folder / "first", folder / "second"):
            _deliver(delivered, settings)
            started = time.monotonic()
            nightly.run(settings=settings)
            seconds = round(time.monotonic() - started)
            OUT.print(f"in one process: {seconds} s")
            found.append({"seconds": seconds, "seen": chaos_night.look(settings)})
    return found


def _deliver(folder: Path, settings: Settings) -> None:
    settle(folder)
    shutil.copytree(folder, settings.exports, dirs_exist_ok=True)


class Trial:
    """Airflow's services, two workers, a broker and the server, and the nights that they do."""

    def __init__(self, settings: Settings, supervisor: Supervisor, broker: psutil.Process) -> None:
        """Keep what runs."""
        self.settings = settings
        self.supervisor = supervisor
        self.broker = broker
        self.airflow = Airflow(settings.home, frozenset(SOURCES))

    def programs(self) -> dict[str, list[psutil.Process]]:
        """Return the first process of each part, of which the memory is looked at."""
        parts = (SERVER, *AIRFLOW, *WORKERS)
        return {**{name: self.supervisor.processes(name)[:1] for name in parts}, REDIS: [self.broker]}

    def night(self, due: datetime.datetime, expected: Mapping[str, Any]) -> dict[str, Any]:
        """Let the timetable's night come that was due at a moment, and return what became of it."""
        last, began = self.airflow.last_run(), time.monotonic()
        self.airflow.rest_until(due)
        self.airflow.wake_nights()
        asked = [began]

        def each_moment() -> None:
            if not self._has_begun(last) and time.monotonic() - asked[0] > SECONDS_UNTIL_ASKED_AGAIN:
                # reading its DAGs anew, Airflow sets the next night by what was run
                self.airflow.rest_until(due)
                asked[0] = time.monotonic()

        with Memory(self.programs) as memory:
            has_ended = chaos_night.await_end(self.airflow, last, began + LONGEST_NIGHT, each_moment)
        seconds = round(time.monotonic() - began)
        if not has_ended:
            raise SystemExit(f"The night did not end within {LONGEST_NIGHT / 60:.0f} minutes.")
        spans = self._ask(_LANDINGS, {"last": last})
        tries = [tries for tries, _ in self.airflow.tasks(last).values()]
        return {
            "seconds": seconds,
            "seconds_in_one_process": expected["seconds"],
            "differences": chaos_night.look(self.settings).differences(expected["seen"]),
            "red": self.airflow.red(last),
            "tried_again": sum(count > 1 for count in tries),
            "tasks": len(tries),
            "landings": len(spans),
            "landings_at_once": councils_seen.most_at_once((start, end) for start, end in spans),
            "memory": memory.most,
            "memory_together": memory.most_together,
        }

    def places(self) -> int:
        """Return how many landings Airflow's pool lets run at once."""
        return int(self._ask("select slots from slot_pool where pool = 'csc_warehouse_landing'")[0][0])

    def _has_begun(self, last: int) -> bool:
        return int(self._ask(_BEGUN, [last])[0][0]) == len(self.airflow.ingests)

    def _ask(self, question: str, values: Any = None) -> list[tuple[Any, ...]]:
        with chaos_night.server_connection(self.settings.home, "airflow") as connection:
            return connection.execute(question, values).fetchall()


@contextmanager
def trial(folder: Path) -> Iterator[Trial]:
    """Yield a trial whose services are up and know the night's DAGs; everything ends with it."""
    with home_in(folder) as settings, redis(folder) as broker:
        supervisor = Supervisor(settings.home, {}, folder / "services", {**AIRFLOW, **_workers(folder)})
        supervisor.start_server()
        port = free_port()
        variables = environment(settings, port=port) | {
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
            "AIRFLOW__CELERY__BROKER_URL": f"redis+socket://{folder / 'redis.sock'}",
            "AIRFLOW__CELERY__WORKER_CONCURRENCY": str(TASKS_OF_A_WORKER),
            "CSC_WAREHOUSE_CONFIG": str(folder / CONFIGURED),
            "CSC_WAREHOUSE_KEY_FILE": str(settings.key_file),
        }
        migrate = [sys.executable, "-m", "airflow", "db", "migrate"]
        subprocess.run(migrate, env=variables, check=True, capture_output=True)  # noqa: S603  (our own program)
        supervisor.start(variables)
        try:
            attempt = Trial(settings, supervisor, broker)
            wait_for_dags(attempt.airflow, port)
            yield attempt
        finally:
            supervisor.stop()


def _workers(folder: Path) -> dict[str, list[str]]:
    return {name: [*arguments, "--pid", str(folder / f"{name}.pid")] for name, arguments in WORKERS.items()}


def measure(scale: float) -> dict[str, Any]:
    """Do both nights both ways, and return what became of them."""
    # a socket's path is short
    with tempfile.TemporaryDirectory(prefix="cscw") as beside:
        folder = Path(beside)
        folder.chmod(0o755)
        first, second = folder / "first", folder / "second"
        (folder / CONFIGURED).write_text(CONFIGURATION, encoding="utf-8")
        started = time.monotonic()
        write_deliveries(first, second, scale)
        OUT.print(f"written: {time.monotonic() - started:.0f} s")
        alone = in_one_process(folder)
        with trial(folder) as attempt:
            due = due_before(datetime.datetime.now(datetime.UTC))
            nights, seen = [], []
            # the night that was missed is made up for, then that of the day before it: nobody waits for another day
            for delivered, at, expected in zip((first, second), (due, due - DAY), alone, strict=True):
                _deliver(delivered, attempt.settings)
                nights.append(attempt.night(at, expected))
                OUT.print(f"by Airflow: {nights[-1]}", markup=False)
                if len(nights) == 1 and nights[0]["red"]:
                    raise SystemExit(f"Of the first night, in which nothing is amiss, {nights[0]['red']} ended red.")
                seen.append(councils_seen.look(attempt.settings))
            places = attempt.places()
    return {
        "machine": machine(),
        "scale": scale,
        "authorities": len(AUTHORITIES),
        "places": places,
        "most_mib": MOST_MIB,
        "nights": nights,
        "set_apart": [{"authority": code, "how": how, **_told(code, seen)} for code, how in SET_APART.items()],
        "published": sum(row["as_at"] == SECOND_NIGHT.isoformat() for row in seen[1].values()),
        "not_kept_apart": councils_seen.kept_apart(seen[0], seen[1], SET_APART, SECOND_NIGHT),
    }


def _told(code: str, seen: list[dict[str, dict[str, Any]]]) -> dict[str, Any]:
    before, after = seen[0][code], seen[1][code]
    return {
        "as_at": after["as_at"],
        "are_figures_kept": after["figures"] == before["figures"],
        "verdict": after["verdict"],
        "said": after["said"],
    }


def faults_of(result: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a trial, a sentence each; none: everything was as it is to be."""
    wrong = list(result["not_kept_apart"])
    for number, night in enumerate(result["nights"], start=1):
        if night["differences"]:
            wrong.append(f"Night {number} left something else than one process: {', '.join(night['differences'])}.")
        if night["landings_at_once"] > result["places"]:
            wrong.append(f"Night {number}: {night['landings_at_once']} landings at once, of {result['places']}.")
        if night["memory_together"] > result["most_mib"]:
            wrong.append(f"Night {number}: {night['memory_together']} MiB, of {result['most_mib']}.")
    return wrong


def main() -> int:
    """Do it, write what became of it and the page's table; return 1 where anything was not as it is to be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=SCALE, help=f"of each authority's size (default: {SCALE})")
    parser.add_argument("--out", type=Path, default=MEASURED / "councils.json", help="where the outcome is written")
    chosen = parser.parse_args()
    # what it started ends with it
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    result = measure(chosen.scale)
    result["faults"] = faults_of(result)
    write_result(chosen.out, result)
    write_page()
    for fault in result["faults"]:
        OUT.print(fault, markup=False)
    return 1 if result["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
