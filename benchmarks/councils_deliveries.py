"""What twenty-two small authorities deliver on two nights: fulls, then deltas, three of which do harm or lack."""

from __future__ import annotations

import datetime
import os
import shutil
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.small_council import leave_out_what_came_long_before, write_small_council
from csc_warehouse.sample import FURTHER_AUTHORITIES, HOME_AUTHORITY
from csc_warehouse.sample.calibration import load_calibration
from csc_warehouse.sample.faults import apply_faults
from csc_warehouse.sample.generate import generate
from csc_warehouse.sample.migration import migrate
from csc_warehouse.sample.wccis_writer import FURTHER_NIGHTS, write_wccis

SCALE = 0.04
"""Of each authority's size; Wrexham's front door too, so that a landing is as small as the others'."""
HOME_FIRST_LIVES = datetime.date(2018, 4, 1)
"""Before its legacy system ends."""
FIRST_LIVES = datetime.date(2018, 10, 1)
"""A quarter of figures, as what each authority shows has to be proved hidden, period by period."""
CONFIGURATION = """[disclosure]
profiles = ["committee"]
"""
"""Figures for one audience alone: hiding is proved for each, and all of these are as small as can be."""
DAY = datetime.timedelta(days=1)
FIRST_NIGHT = datetime.date(2018, 12, 16)
SECOND_NIGHT = FIRST_NIGHT + DAY
LIVES_UNTIL = SECOND_NIGHT + FURTHER_NIGHTS * DAY
REFUSED, MISSING, HELD = "W06000008", "W06000012", "W06000015"
"""Whose second delivery is cut off, does not come, and has lost the day of every decision."""
SET_APART = {REFUSED: "refused", MISSING: "missing", HELD: "held"}
HELD_BY = "decisions_blanked"
HELD_TIMES = 10
"""How many times larger the authority is that is held than it would be: figures of a few records hold nobody back."""
AUTHORITIES = (HOME_AUTHORITY, *FURTHER_AUTHORITIES)
_SEED = 1
_SETTLED_SECONDS = 3600.0


def write_deliveries(first: Path, second: Path, scale: float = SCALE) -> None:
    """Write what all authorities deliver before the first night, and apart from it what comes before the second.

    The same scale writes the same bytes. The three that are set apart are so on the second night alone.
    """
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as processes:
        work = [processes.submit(write_further, code, first, second, scale) for code in FURTHER_AUTHORITIES]
        _write_home(first, second, scale)
        for future in work:
            future.result()
    set_apart(second)


def set_apart(second: Path) -> None:
    """Cut off one authority's delivery, take another's away, and blank all of the third's decisions."""
    apply_faults(second, REFUSED, ["zip_broken"], _SEED)
    apply_faults(second, HELD, [HELD_BY], _SEED)
    shutil.rmtree(second / "wccis" / MISSING)


def settle(folder: Path) -> None:
    """Let files have lain there for an hour: the timetable leaves what may still be being written."""
    at = time.time() - _SETTLED_SECONDS
    for path in folder.rglob("*"):
        os.utime(path, (at, at))


def _write_home(first: Path, second: Path, scale: float) -> None:
    write_small_council(first, scale=scale, start=HOME_FIRST_LIVES, end=SECOND_NIGHT, is_front_door_scaled=True)
    leave_out_what_came_long_before(first, SECOND_NIGHT)
    _take(first, HOME_AUTHORITY, SECOND_NIGHT, second)


def write_further(authority: str, first: Path, second: Path, scale: float) -> None:
    """Write what an authority besides Wrexham delivers before each night."""
    world = generate(
        authority,
        seed=_SEED,
        start=FIRST_LIVES,
        horizon=LIVES_UNTIL,
        cut_over=None,
        scale=FURTHER_AUTHORITIES[authority] * scale * (HELD_TIMES if authority == HELD else 1),
        calibration=load_calibration().uncalibrated(),
        is_clean=False,
        progress=_silent,
    )
    placed = migrate(world)
    # an authority's first delivery is a full, and a delta follows each night: the day decides which is which
    scratch = first.with_name(f".{authority}")
    write_wccis(world, placed, scratch, LIVES_UNTIL - DAY, progress=_silent)
    _take(scratch, authority, FIRST_NIGHT, first)
    if authority == HELD:
        # a full, so that what was counted before is gone from it
        shutil.rmtree(scratch)
        write_wccis(world, placed, scratch, LIVES_UNTIL, progress=_silent)
    _take(scratch, authority, SECOND_NIGHT, second)
    shutil.rmtree(scratch)


def _take(source: Path, authority: str, day: datetime.date, target: Path) -> None:
    """Move one delivery of the system in use."""
    there = target / "wccis" / authority / day.isoformat()
    there.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(source / "wccis" / authority / day.isoformat(), there)


def _silent(_what: str, _done: int, _of: int) -> None:
    """Show no progress."""
