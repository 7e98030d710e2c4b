"""The home that a trial strikes: a small council's, on a disk and under a clock of its own, made once and kept."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import chaos_night
from benchmarks.__main__ import home_of_its_own
from benchmarks.chaos_ground import disk_of_its_own
from benchmarks.chaos_night import Seen
from benchmarks.small_council import leave_out_what_came_long_before, write_small_council
from csc_warehouse import nightly
from csc_warehouse.commands.console import OUT
from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import cluster

SCALE = 0.01
DAY = datetime.date(2018, 12, 20)
"""The day whose deliveries each night lands: a Thursday, and a quarter's return of before."""
HELD_BACK = {"wccis": DAY, "corporate": datetime.date(2018, 9, 30)}
"""What comes with the night, by source; all earlier deliveries have landed before."""
DISK = "4g"
"""In memory, and no more of it is taken than the home holds."""
SOURCE = Path(__file__).with_name("chaos_clock.c")
_EXPECTED = "expected.json"


class Clock:
    """The clock of the struck machine: the true one and so many seconds, which every process of it reads."""

    def __init__(self, folder: Path) -> None:
        """Make what puts a process under this clock, below a folder that the server's account can reach.

        Raises SystemExit where no C compiler is there.
        """
        self._file, self._library = folder / "clock", folder / "clock.so"
        self.offset = 0
        self.set(0)
        self._file.chmod(0o644)
        compiler = shutil.which("cc")
        if compiler is None:
            raise SystemExit("make chaos changes the clock of what it strikes, and needs a C compiler: install gcc.")
        subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(self._library), str(SOURCE), "-ldl"], check=True)  # noqa: S603
        # the server's account loads it too, whatever this account's umask says
        self._library.chmod(0o755)

    def set(self, offset: float) -> None:
        """Let the clock be so many seconds ahead of the true one."""
        self.offset = round(offset)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT)
        try:
            # in place: the processes have it in their memory
            os.pwrite(descriptor, self.offset.to_bytes(8, sys.byteorder, signed=True), 0)
        finally:
            os.close(descriptor)

    def now(self) -> datetime.datetime:
        """Return what it shows, in UTC."""
        return datetime.datetime.fromtimestamp(time.time() + self.offset, datetime.UTC)

    def variables(self) -> dict[str, str]:
        """Return what puts a process under this clock."""
        return {"LD_PRELOAD": str(self._library), "CSC_CHAOS_CLOCK": str(self._file)}


def prepare_deliveries(exports: Path, waiting: Path, scale: float) -> None:
    """Write a small council's exports of its last days, those of the night aside."""
    write_small_council(exports, scale=scale, end=DAY)
    leave_out_what_came_long_before(exports, DAY)
    _move(exports, waiting)


def _move(source: Path, target: Path) -> None:
    for name, day in HELD_BACK.items():
        for found in list((source / name).rglob(day.isoformat())):
            there = target / found.relative_to(source)
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(str(found), there)


@contextmanager
def prepared(scale: float, folder: Path) -> Iterator[tuple[Settings, Path, Clock, Seen]]:
    """Yield a home before its night, what it is put back from, its clock, and what an undisturbed night leaves.

    folder: where all that is kept for a run that goes on later.
    """
    with home_of_its_own() as found, disk_of_its_own(found.home, DISK):
        settings = found.model_copy(update={"exports": folder / "exports"})
        if not (folder / _EXPECTED).exists():
            _prepare(settings, folder, scale)
        else:
            copy(folder / "home", settings.home)
        seen = Seen(json.loads((folder / _EXPECTED).read_text(encoding="utf-8")))
        # beside the disk that is filled
        with tempfile.TemporaryDirectory(prefix="csck") as beside:
            Path(beside).chmod(0o755)
            yield settings, folder / "kept", Clock(Path(beside)), seen


def _prepare(settings: Settings, folder: Path, scale: float) -> None:
    """Land and publish what came before the night, keep it, then do the night in one process and keep that too."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "kept").mkdir(parents=True)
    prepare_deliveries(settings.exports, folder / "waiting", scale)
    nightly.run(settings=settings)
    chaos_night.keep(settings, folder / "kept")
    _move(folder / "waiting", settings.exports)
    nightly.run(settings=settings)
    seen = chaos_night.look(settings)
    cluster.stop(settings.home)
    copy(settings.home, folder / "home")
    (folder / _EXPECTED).write_text(json.dumps(seen.values), encoding="utf-8")
    OUT.print("An undisturbed night was built in one process; now Airflow.")


def copy(source: Path, target: Path) -> None:
    """Copy all that lies in a folder, its owners and modes with it."""
    target.mkdir(exist_ok=True)
    subprocess.run(["cp", "--archive", f"{source}/.", str(target)], check=True)  # noqa: S603, S607
