"""What a trial of chaos plans, how it sets the clock, what it takes for a difference, and how a network is cut."""

from __future__ import annotations

import datetime
import os
import random
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil
import pytest

from benchmarks import measured
from benchmarks.chaos_ground import Network
from benchmarks.chaos_home import Clock
from benchmarks.chaos_night import Seen, tried_again
from benchmarks.chaos_strikes import BACK, CLOCKS, FORWARD, STRIKES, busy_workers, change_of, next_change
from csc_warehouse.settings import PROJECT_DIRECTORY

sys.path.insert(0, str(PROJECT_DIRECTORY / "scripts"))

from benchmarks import chaos

LONDON = ZoneInfo("Europe/London")
BUILD = ("build_warehouse", "build", -1)


def struck(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "second": 1, "tried_again": False, "tasks": [], **more}


def night(*strikes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"strikes": list(strikes), "seconds": 1, "differences": [], "red": [], **more}


@pytest.mark.parametrize("times", [7, 20, 100])
def test_plan_when_followed_to_its_end_then_each_kind_strikes_as_often_as_each_other_but_for_one(times: int) -> None:
    nights: list[dict[str, Any]] = []
    while left := chaos.remaining(nights, times):
        strikes = chaos.plan(left, 300.0, random.Random(len(nights)))  # noqa: S311  (moments, no secret)
        assert strikes == sorted(strikes)
        assert sum(kind in CLOCKS for _, kind in strikes) <= 1
        # what came too late in its night did not strike, and is still to come
        nights.append(night(*(struck(kind) for _, kind in strikes[: 1 + len(nights) % len(strikes)])))
    counts = Counter(strike["kind"] for found in nights for strike in found["strikes"])
    assert sum(counts.values()) == times
    assert max(counts.values()) - min(counts[kind] for kind in STRIKES) <= 1


@pytest.mark.parametrize("year", range(2026, 2038))
@pytest.mark.parametrize("kind", CLOCKS)
def test_change_of_clocks_when_found_then_london_s_clock_changes_there(kind: str, year: int) -> None:
    change = change_of(kind, year)
    second = datetime.timedelta(seconds=1)
    before, after = ((change - second).astimezone(LONDON).utcoffset(), change.astimezone(LONDON).utcoffset())
    hour = datetime.timedelta(hours=1)
    assert (before, after) == ((hour * 0, hour) if kind == FORWARD else (hour, hour * 0))


def test_next_change_when_asked_again_and_again_then_is_always_later() -> None:
    at = datetime.datetime(2026, 11, 30, tzinfo=datetime.UTC)
    for number in range(20):
        later = next_change((FORWARD, BACK)[number % 2], at)
        assert datetime.timedelta(days=100) < later - at < datetime.timedelta(days=250)
        at = later


def test_clock_when_set_then_processes_tell_the_time_by_it_and_wait_by_the_true_one(tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    program = (
        "import datetime, multiprocessing, time\n"
        "began, lock = time.monotonic(), multiprocessing.Lock()\n"
        "time.sleep(0.05), lock.acquire(), lock.acquire(timeout=0.05)\n"
        "print(datetime.datetime.now(datetime.UTC).isoformat(), time.monotonic() - began)"
    )
    for days in (0, 200):
        clock.set(days * 86_400.0)
        said = subprocess.run(  # noqa: S603  (our own program)
            [sys.executable, "-c", program],
            env={**os.environ, **clock.variables()},
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        ).stdout.split()
        assert abs(datetime.datetime.fromisoformat(said[0]) - clock.now()) < datetime.timedelta(minutes=1)
        assert 0.1 <= float(said[1]) < 10
    assert datetime.timedelta(days=199) < clock.now() - datetime.datetime.now(datetime.UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2027-03-28T00:59:00+00:00", "2027-03-27T02:30:00+00:00"),
        ("2027-03-28T01:29:59+00:00", "2027-03-27T02:30:00+00:00"),
        ("2027-03-28T01:30:00+00:00", "2027-03-28T01:30:00+00:00"),
        ("2027-10-31T02:29:59+00:00", "2027-10-30T01:30:00+00:00"),
        ("2027-10-31T02:30:00+00:00", "2027-10-31T02:30:00+00:00"),
    ],
)
def test_night_when_the_clocks_change_then_is_due_at_half_past_two_in_london(now: str, expected: str) -> None:
    due = chaos.due_before(datetime.datetime.fromisoformat(now))
    assert due.astimezone(datetime.UTC).isoformat() == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"marts.fct_contacts": "a", "times published": "2"}, []),
        ({"marts.fct_contacts": "b", "times published": "2"}, ["marts.fct_contacts"]),
        ({"marts.fct_contacts": "a", "times published": "3"}, ["times published"]),
        ({"times published": "2"}, ["marts.fct_contacts"]),
        ({"marts.fct_contacts": "a", "times published": "2", "marts.fct_left": "x"}, ["marts.fct_left"]),
    ],
)
def test_night_when_it_left_something_else_then_that_is_named(values: dict[str, str], expected: list[str]) -> None:
    assert Seen(values).differences(Seen({"marts.fct_contacts": "a", "times published": "2"})) == expected


@pytest.mark.parametrize(
    ("after", "expected"), [((1, "success"), False), ((2, "success"), True), ((2, "failed"), True)]
)
def test_task_when_struck_then_is_tried_again_where_it_has_more_tries(after: tuple[int, str], expected: bool) -> None:
    assert tried_again({BUILD: 1}, {BUILD: after, ("build_warehouse", "check", -1): (3, "success")}) is expected


def test_process_when_it_is_no_worker_with_a_task_then_is_not_taken_for_one() -> None:
    assert busy_workers([psutil.Process(os.getpid())]) == []


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(100):
            self.request.sendall(data)


@pytest.fixture
def network() -> Iterator[Network]:
    folder = Path(tempfile.mkdtemp(prefix="csc"))
    with socketserver.ThreadingUnixStreamServer(str(folder / ".s.PGSQL.5432"), _Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Network(lambda: folder)
        server.shutdown()
    (folder / ".s.PGSQL.5432").unlink()
    folder.rmdir()


def asked(connection: socket.socket) -> bytes:
    connection.sendall(b"what")
    return connection.recv(100)


def is_lost(connection: socket.socket) -> bool:
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:
        return True


def test_network_when_cut_then_nothing_passes_until_it_is_mended_and_old_connections_are_lost(
    network: Network,
) -> None:
    with socket.create_connection(("127.0.0.1", network.port), timeout=10) as old:
        assert asked(old) == b"what"
        network.cut()
        time.sleep(0.1)
        old.settimeout(0.3)
        with pytest.raises(TimeoutError):
            asked(old)
        network.mend()
        old.settimeout(10)
        assert is_lost(old)
    with socket.create_connection(("127.0.0.1", network.port), timeout=10) as new:
        assert asked(new) == b"what"


def test_table_when_written_then_counts_by_what_struck_and_names_each_night_that_went_wrong() -> None:
    result = {
        "asked": 4,
        "seed": 7,
        "undisturbed_seconds": 60,
        "machine": "2 processors",
        "nights": [
            night(struck("the disk is full", tasks=["build_warehouse.build"], tried_again=True), struck(FORWARD)),
            night(struck("the disk is full"), differences=["marts.fct_contacts"], red=["build_warehouse.check"]),
        ],
    }
    table = measured.chaos_table(result)
    assert "3 strikes of the 4 asked for, in 2 nights; seed 7" in table
    assert "| the disk is full | 2 | 1 | 1 | 1 | 1 |" in table
    assert f"| {FORWARD} | 1 | 0 | 0 | 0 | 0 |" in table
    assert "- Night 2: marts.fct_contacts, build_warehouse.check." in table
