"""The councils of a sample: which there are and how large, each told and written in a process of its own."""

from __future__ import annotations

import datetime as dt
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.processors import usable_processors
from csc_warehouse.sample.calibration import load_calibration
from csc_warehouse.sample.corporate import write_corporate
from csc_warehouse.sample.generate import Progress, generate
from csc_warehouse.sample.identities import add_merges, mislead
from csc_warehouse.sample.migration import migrate
from csc_warehouse.sample.model import DAY
from csc_warehouse.sample.raise_writer import write_raise
from csc_warehouse.sample.successor_writer import SUCCESSOR, write_successor
from csc_warehouse.sample.wccis_writer import write_wccis

HOME_AUTHORITY = "W06000006"
CUT_OVER = dt.date(2018, 5, 21)
LAST_DAY = dt.date(2018, 12, 31)
MOST_PROCESSES = 4
"""The largest council's ten years take 1.4 GiB while they are written: more at once would fill a small machine."""
FURTHER_AUTHORITIES = {
    "W06000001": 0.5,
    "W06000002": 0.9,
    "W06000003": 0.8,
    "W06000004": 0.7,
    "W06000005": 1.1,
    "W06000008": 0.45,
    "W06000009": 0.85,
    "W06000010": 1.3,
    "W06000011": 1.75,
    "W06000012": 1.05,
    "W06000013": 1.05,
    "W06000014": 0.95,
    "W06000015": 2.7,
    "W06000016": 1.85,
    "W06000018": 1.4,
    "W06000019": 0.6,
    "W06000020": 0.7,
    "W06000021": 0.6,
    "W06000022": 1.15,
    "W06000023": 0.85,
    "W06000024": 0.5,
}
"""Welsh authorities besides Wrexham, and their size against it."""


@dataclass(frozen=True)
class Asked:
    """One council that is to be written: whose, where, and what of it."""

    authority: str
    out: Path
    seed: int
    start: dt.date
    end: dt.date
    is_clean: bool
    successor_from: dt.date | None

    @property
    def scale(self) -> float:
        """Return the size of the council against Wrexham."""
        return FURTHER_AUTHORITIES.get(self.authority, 1.0)


@dataclass(frozen=True)
class Written:
    """What of one council was written: deliveries and rows by source, and its children."""

    deliveries: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    children: int = 0


def write_side_by_side(asked: Sequence[Asked], progress: Progress) -> list[Written]:
    """Write each council's deliveries, and return what was written in the order asked; each gives its own bytes.

    Several are written in processes, one for each council, as many at once as there are processors (at most
    MOST_PROCESSES), the largest first, so that no more lives are held than are being written.
    Raises CscWarehouseError where such a process is ended from outside, as a machine short of memory does.
    """
    if len(asked) == 1:
        return [write_council(asked[0], progress)]
    workers = min(len(asked), usable_processors(MOST_PROCESSES))
    # a process each: what Python has freed it keeps, and the next council would be told on top of it
    with ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), max_tasks_per_child=1
    ) as processes:
        largest_first = sorted(asked, key=lambda one: -one.scale)
        waiting = {processes.submit(write_council, one): one for one in largest_first}
        try:
            for done, future in enumerate(as_completed(waiting), 1):
                future.result()
                progress(f"writing councils, the last {waiting[future].authority}", done, len(asked))
        except BrokenProcessPool as error:
            raise CscWarehouseError(
                "A process that wrote a council's exports was ended from outside, perhaps for want of memory: free"
                " some, or ask for fewer authorities or years, and write the sample again."
            ) from error
        finally:
            # after an error nobody waits for the councils that were not begun
            for future in waiting:
                future.cancel()
    found = {one: future.result() for future, one in waiting.items()}
    return [found[one] for one in asked]


def write_council(asked: Asked, progress: Progress | None = None) -> Written:
    """Tell one council's lives and write its deliveries: Wrexham's from all its systems, WCCIS of every other."""
    show = progress or _ignore
    return _write_home(asked, show) if asked.authority == HOME_AUTHORITY else _write_further(asked, show)


def _ignore(what: str, done: int, of: int) -> None:
    """Show no progress."""


def _write_home(asked: Asked, progress: Progress) -> Written:
    out, end = asked.out, asked.end
    home = generate(
        asked.authority,
        seed=asked.seed,
        start=asked.start,
        horizon=max(end, LAST_DAY),
        cut_over=CUT_OVER,
        scale=asked.scale,
        calibration=load_calibration(),
        is_clean=asked.is_clean,
        progress=progress,
    )
    deliveries: dict[str, int] = {}
    rows: dict[str, int] = {}
    placed = migrate(home)
    if not asked.is_clean:
        add_merges(home, placed)
        mislead(home, placed)
    deliveries["raise"], rows["raise"] = write_raise(home, out, end, progress=progress)
    last_of_wccis = end if asked.successor_from is None else asked.successor_from - DAY
    deliveries["wccis"], rows["wccis"] = write_wccis(home, placed, out, last_of_wccis, progress=progress)
    if asked.successor_from is not None:
        deliveries[SUCCESSOR], rows[SUCCESSOR] = write_successor(home, placed, out, asked.successor_from, end, progress)
    deliveries["corporate"], rows["corporate"] = write_corporate(home, out, end)
    return Written(deliveries, rows, len(home.records["client"]))


def _write_further(asked: Asked, progress: Progress) -> Written:
    world = generate(
        asked.authority,
        seed=asked.seed,
        start=asked.start,
        horizon=asked.end,
        cut_over=None,
        scale=asked.scale,
        calibration=load_calibration().uncalibrated(),
        is_clean=asked.is_clean,
        progress=progress,
    )
    deliveries, rows = write_wccis(world, migrate(world), asked.out, asked.end, progress=progress)
    return Written({"wccis": deliveries}, {"wccis": rows}, len(world.records["client"]))
