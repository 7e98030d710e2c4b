"""What may befall a night: each strike does its harm to what is under way, and says how it is undone."""

from __future__ import annotations

import datetime
import errno
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil

from benchmarks.chaos_ground import SERVER, Network, Supervisor, kill

LONDON = ZoneInfo("Europe/London")
FORWARD, BACK = "the clock goes forward", "the clock goes back"
CLOCKS = (FORWARD, BACK)
"""Of these a night has one at most: they come half a year apart."""
FILLER = "filler"
BUSY = "airflow worker -- LocalExecutor: "
IDLE = "<idle>"
_SPRING, _AUTUMN = 3, 10
_CHANGE_HOUR = 1
"""By Greenwich, in both."""
Undo = Callable[[], None]


@dataclass(frozen=True)
class Ground:
    """What can be struck: the services with their supervisor, the way to the database, the disk of the home."""

    supervisor: Supervisor
    network: Network
    home: Path


Strike = Callable[[Ground, random.Random], Undo | None]
"""Does its harm and returns what time will make good, if anything."""


def _kill_service(name: str) -> Strike:
    def strike(ground: Ground, randomness: random.Random) -> None:
        del randomness
        kill(ground.supervisor.processes(name))

    return strike


def busy_workers(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Return, of a scheduler's processes, the workers that have a task in hand."""
    found = []
    for process in processes:
        try:
            words = " ".join(process.cmdline())
        except psutil.Error:
            # it ended while it was asked
            continue
        if words.startswith(BUSY) and IDLE not in words:
            found.append(process)
    return found


def _kill_worker(ground: Ground, randomness: random.Random) -> None:
    """Kill a worker with a task in hand, or the task's process alone, or the worker alone: its task outlives it."""
    busy = busy_workers(ground.supervisor.processes("scheduler"))
    if not busy:
        raise NothingThereError
    worker = randomness.choice(busy)
    try:
        tasks = worker.children(recursive=True)
    except psutil.NoSuchProcess as error:
        raise NothingThereError from error
    kill(randomness.choice([[worker, *tasks], tasks or [worker], [worker]]))


class NothingThereError(Exception):
    """What was to be struck is not there at this moment: the strike falls a little later."""


def _cut_network(ground: Ground, randomness: random.Random) -> Undo:
    del randomness
    ground.network.cut()
    return ground.network.mend


def _fill_disk(ground: Ground, randomness: random.Random) -> Undo:
    del randomness
    filler = ground.home / FILLER
    with filler.open("wb") as file:
        taken, room = 0, os.statvfs(ground.home)
        step = room.f_bavail * room.f_frsize
        # others write meanwhile: where not all of it is had, half of it is, down to the last page
        while step >= room.f_frsize:
            try:
                os.posix_fallocate(file.fileno(), taken, step)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                step //= 2
            else:
                taken += step
    return lambda: filler.unlink(missing_ok=True)


def _change_clock(ground: Ground, randomness: random.Random) -> None:
    """Do nothing: the clock of the whole machine was set so that it changes at this moment."""
    del ground, randomness


STRIKES: dict[str, Strike] = {
    "the scheduler is killed": _kill_service("scheduler"),
    "a worker is killed": _kill_worker,
    "the DAG processor is killed": _kill_service("dag-processor"),
    "the triggerer is killed": _kill_service("triggerer"),
    "the API server is killed": _kill_service("api-server"),
    "PostgreSQL is killed": _kill_service(SERVER),
    "the disk is full": _fill_disk,
    "the network to the database is cut": _cut_network,
    FORWARD: _change_clock,
    BACK: _change_clock,
}


def change_of(kind: str, year: int) -> datetime.datetime:
    """Return when the clocks of London change in a year, in UTC: on the last Sunday of March, or of October."""
    month = _SPRING if kind == FORWARD else _AUTUMN
    last = datetime.datetime(year, month, 31, _CHANGE_HOUR, tzinfo=datetime.UTC)
    return last - datetime.timedelta(days=(last.weekday() + 1) % 7)


def next_change(kind: str, after: datetime.datetime) -> datetime.datetime:
    """Return the next change of a kind after a moment, a day later at least."""
    later = after + datetime.timedelta(days=1)
    return next(at for year in (after.year, after.year + 1, after.year + 2) if (at := change_of(kind, year)) > later)
