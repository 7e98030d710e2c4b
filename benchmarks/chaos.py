"""Strike Airflow's nights at random moments and compare their figures with those of a night that nobody disturbed.

Run by `make chaos` (TIMES=100 strikes; SEED drawn and printed unless given), as root. Airflow's services, its tasks and
PostgreSQL run on a disk, behind a network and under a clock of their own; a supervisor starts anew what ended, and
nobody does anything else. A run that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import argparse
import datetime
import json
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from airflow_home import DATABASE, airflow_home, environment
from benchmarks import chaos_home, chaos_night
from benchmarks.chaos_ground import Network, Supervisor
from benchmarks.chaos_home import SCALE, Clock
from benchmarks.chaos_night import Airflow, Seen
from benchmarks.chaos_strikes import CLOCKS, LONDON, STRIKES, Ground, NothingThereError, Undo, next_change
from benchmarks.measured import MEASURED, machine, write_page, write_result
from csc_warehouse.commands.console import OUT
from csc_warehouse.errors import WarehouseUnavailableError
from csc_warehouse.settings import PROJECT_DIRECTORY, SOURCES, Settings
from csc_warehouse.warehouse import cluster

TIMES = 100
STRIKES_A_NIGHT = 6
UNFINISHED = PROJECT_DIRECTORY / ".chaos"
"""What an interrupted run goes on from."""
LOGS = "services"
SECONDS_STRUCK = 10.0
"""So long a disk stays full and a network cut."""
LONGEST_NIGHT = 90 * 60.0
"""On a machine that others use, too."""
QUICKER = {
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
    "AIRFLOW__CORE__PARALLELISM": "3",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "40",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "20",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "30",
    "TZ": "Europe/London",
}
"""Airflow waits five minutes for a sign of life, and the DAGs two, four and eight between tries: an eighth."""
_POLICY = """
def task_policy(task):
    task.retry_delay = task.retry_delay / 8
"""


def remaining(nights: list[dict[str, Any]], times: int) -> list[str]:
    """Return the strikes that are still to come: every kind as often as each other, but for one."""
    kinds = list(STRIKES)
    left = [kinds[number % len(kinds)] for number in range(times)]
    for night in nights:
        for strike in night["strikes"]:
            if strike["kind"] in left:
                left.remove(strike["kind"])
    return left


def plan(left: list[str], seconds: float, randomness: random.Random) -> list[tuple[float, str]]:
    """Return a night's strikes in order: how many seconds after its beginning, and what; one change of clocks at most.

    left: what is still to come; seconds: how long an undisturbed night takes.
    """
    order = randomness.sample(left, len(left))
    clock = [kind for kind in order if kind in CLOCKS][:1]
    others = [kind for kind in order if kind not in CLOCKS][: STRIKES_A_NIGHT - len(clock)]
    return sorted((randomness.uniform(0.02, 0.95) * seconds, kind) for kind in (*clock, *others))


def due_before(now: datetime.datetime) -> datetime.datetime:
    """Return when the timetable's newest night was due, by London's clock."""
    due = now.astimezone(LONDON).replace(hour=2, minute=30, second=0, microsecond=0)
    return due if due <= now else due - datetime.timedelta(days=1)


class Trial:
    """A home that is struck night after night, each night the same deliveries."""

    def __init__(self, settings: Settings, kept: Path, clock: Clock, ground: Ground) -> None:
        """Keep what is struck, and where it is put back from."""
        self.settings = settings
        self.kept = kept
        self.clock = clock
        self.ground = ground
        self.airflow = Airflow(settings.home, frozenset(SOURCES))

    def night(self, strikes: list[tuple[float, str]], expected: Seen, randomness: random.Random) -> dict[str, Any]:
        """Put everything back, let the timetable's night come, strike it, and return what became of it."""
        self._when_possible(lambda: chaos_night.put_back(self.settings, self.kept))
        last = self.airflow.last_run()
        began = time.monotonic()
        self._let_night_come(strikes)
        self.airflow.wake_nights()
        waiting, struck, undo = list(strikes), list[dict[str, Any]](), list[tuple[float, Undo]]()

        def each_moment() -> None:
            now = time.monotonic()
            for due in [pair for pair in undo if pair[0] <= now]:
                due[1]()
                undo.remove(due)
            if waiting and waiting[0][0] <= now - began:
                before = self.airflow.under_way(last)
                try:
                    undone = STRIKES[waiting[0][1]](self.ground, randomness)
                except NothingThereError:
                    return
                _, kind = waiting.pop(0)
                struck.append({"kind": kind, "second": round(now - began), "before": before})
                if undone is not None:
                    undo.append((time.monotonic() + SECONDS_STRUCK, undone))

        has_ended = chaos_night.await_end(self.airflow, last, began + LONGEST_NIGHT, each_moment)
        for _, undone in undo:
            undone()
        seconds = time.monotonic() - began
        after = self.airflow.tasks(last)
        for strike in struck:
            before = strike.pop("before")
            strike["tried_again"] = chaos_night.tried_again(before, after)
            strike["tasks"] = sorted(f"{dag}.{task}" for dag, task, _ in before)
        seen = self._when_possible(lambda: chaos_night.look(self.settings))
        return {
            "strikes": struck,
            "seconds": round(seconds),
            "began": self.clock.now().date().isoformat(),
            "differences": seen.differences(expected),
            "red": self.airflow.red(last) + ([] if has_ended else ["the night did not end"]),
        }

    def _let_night_come(self, strikes: list[tuple[float, str]]) -> None:
        """Set the clock to another day, so that a strike of clocks falls so many seconds after its beginning."""
        offset = self.clock.offset + datetime.timedelta(days=1).total_seconds()
        for second, kind in strikes:
            if kind in CLOCKS:
                offset = next_change(kind, self.clock.now()).timestamp() - time.time() - second
        self.airflow.rest_until(due_before(datetime.datetime.fromtimestamp(time.time() + offset, LONDON)))
        self.clock.set(offset)

    def _when_possible(self, work: Callable[[], Any]) -> Any:
        """Do something as soon as the server lets it, which may have been struck a moment ago."""
        deadline = time.monotonic() + 120
        while True:
            try:
                return work()
            except (psycopg.OperationalError, WarehouseUnavailableError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(1)


@contextmanager
def trial(scale: float, unfinished: Path) -> Iterator[tuple[Trial, Seen]]:
    """Yield a trial ready for its first night, and what an undisturbed one leaves."""
    with chaos_home.prepared(scale, unfinished) as (settings, kept, clock, expected):
        network = Network(lambda: cluster.socket_folder(settings.home))
        supervisor = Supervisor(settings.home, clock.variables(), unfinished / LOGS)
        supervisor.start_server()
        variables = _variables(settings, network, clock)
        _prepare_airflow(settings, variables)
        supervisor.start(variables)
        try:
            attempt = Trial(settings, kept, clock, Ground(supervisor, network, settings.home))
            wait_for_dags(attempt.airflow, int(variables["AIRFLOW__API__PORT"]))
            yield attempt, expected
        finally:
            supervisor.stop()


def _variables(settings: Settings, network: Network, clock: Clock) -> dict[str, str]:
    port = free_port()
    way = f"postgres@127.0.0.1:{network.port}"
    ours = environment(settings, port=port, address=f"{way}/{DATABASE}")
    url = f"postgresql+psycopg://{way}/{cluster.DATABASE}"
    return {
        **ours,
        **QUICKER,
        **clock.variables(),
        "CSC_WAREHOUSE_URL": url,
        "CSC_WAREHOUSE_KEY_FILE": str(settings.key_file),
    }


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _prepare_airflow(settings: Settings, variables: dict[str, str]) -> None:
    policy = airflow_home(settings) / "config" / "airflow_local_settings.py"
    policy.parent.mkdir(parents=True, exist_ok=True)
    policy.write_text(_POLICY, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=variables, check=True, capture_output=True)


def wait_for_dags(airflow: Airflow, port: int) -> None:
    """Wait until Airflow knows the night's DAGs and answers; raise SystemExit where it does not."""
    deadline = time.monotonic() + LONGEST_NIGHT
    while not (airflow.are_dags_known() and _answers(port)):
        if time.monotonic() > deadline:
            raise SystemExit("Airflow's services did not read the DAGs.")
        time.sleep(1)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main() -> int:
    """Strike, write what became of it and the page's table; return 1 where figures differ or a person was needed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=TIMES, help=f"how many strikes (default: {TIMES})")
    parser.add_argument("--seed", type=int, default=None, help="draws kinds and moments (default: another each time)")
    parser.add_argument("--scale", type=float, default=SCALE, help=f"of Wrexham's size (default: {SCALE})")
    parser.add_argument("--out", type=Path, default=MEASURED / "chaos.json", help="where the outcome is written")
    parser.add_argument("--anew", action="store_true", help="begin anew instead of going on with what was interrupted")
    chosen = parser.parse_args()
    # what it started ends with it
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    if chosen.anew:
        shutil.rmtree(UNFINISHED, ignore_errors=True)
    result = _begun(chosen.out, chosen.anew) or {
        "seed": secrets.randbelow(1_000_000) if chosen.seed is None else chosen.seed,
        "nights": [],
    }
    nights: list[dict[str, Any]] = result["nights"]
    OUT.print(f"Seed {result['seed']}, {sum(len(night['strikes']) for night in nights)} strikes made before.")
    with trial(chosen.scale, UNFINISHED) as (attempt, expected):
        if "undisturbed_seconds" not in result:
            result |= {"undisturbed_seconds": _undisturbed(attempt, expected), "scale": chosen.scale}
            result |= {"asked": chosen.times, "machine": machine()}
            _write(chosen.out, result)
        while left := remaining(nights, chosen.times):
            randomness = random.Random(result["seed"] * 1000 + len(nights))  # noqa: S311  (moments, no secret)
            night = attempt.night(plan(left, result["undisturbed_seconds"], randomness), expected, randomness)
            nights.append(night)
            result |= {"asked": chosen.times, "machine": machine()}
            _write(chosen.out, result)
            OUT.print(f"night {len(nights)}, {night['seconds']} s: {_told(night)}")
            if "the night did not end" in night["red"]:
                raise SystemExit("A night did not end: the trial stops here. Run it again to go on.")
    shutil.rmtree(UNFINISHED)
    wrong = [night for night in nights if night["differences"] or night["red"]]
    OUT.print(f"{len(wrong)} nights left something else, or needed somebody." if wrong else "Every figure is the same.")
    return 1 if wrong else 0


def _undisturbed(attempt: Trial, expected: Seen) -> int:
    """Return how many seconds a night takes through Airflow that nothing strikes.

    Raises SystemExit where it leaves something else: then no comparison would prove anything.
    """
    night = attempt.night([], expected, random.Random(0))  # noqa: S311  (strikes nothing)
    OUT.print(f"undisturbed, {night['seconds']} s: {_told(night)}")
    if night["differences"] or night["red"]:
        raise SystemExit("An undisturbed night through Airflow leaves something else: nothing can be compared.")
    return int(night["seconds"])


def _told(night: dict[str, Any]) -> str:
    blows = [
        f"{strike['kind']} ({'tried again' if strike['tried_again'] else 'went on'})" for strike in night["strikes"]
    ]
    faults = [*night["differences"], *night["red"]]
    return f"{', '.join(blows) or 'undisturbed'}: {', '.join(faults) or 'the same figures'}"


def _begun(out: Path, is_anew: bool) -> dict[str, Any] | None:
    """Return what an interrupted run has measured; None where there is none."""
    if is_anew or not out.exists():
        return None
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found if remaining(found["nights"], found["asked"]) else None


def _write(out: Path, result: dict[str, Any]) -> None:
    write_result(out, result)
    write_page()


if __name__ == "__main__":
    sys.exit(main())
