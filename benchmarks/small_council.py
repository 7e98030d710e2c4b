"""A made-up council of a share of Wrexham's size, for trials that need many nights more than many children."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

from csc_warehouse.sample import CUT_OVER, HOME_AUTHORITY
from csc_warehouse.sample.calibration import load_calibration
from csc_warehouse.sample.corporate import write_corporate
from csc_warehouse.sample.generate import generate
from csc_warehouse.sample.identities import add_merges, mislead
from csc_warehouse.sample.migration import migrate
from csc_warehouse.sample.raise_writer import write_raise
from csc_warehouse.sample.wccis_writer import NIGHTLY_FROM, write_wccis

FIRST_DAY = datetime.date(2017, 4, 1)
LAST_DAY = datetime.date(2018, 12, 31)


def write_small_council(
    out: Path,
    *,
    scale: float,
    seed: int = 1,
    start: datetime.date = FIRST_DAY,
    end: datetime.date = LAST_DAY,
    is_front_door_scaled: bool = False,
    nightly_from: datetime.date = NIGHTLY_FROM,
) -> None:
    """Write the exports of a council of a share of Wrexham's size; the same arguments write the same bytes.

    is_front_door_scaled: contacts and assessments too are a share of Wrexham's, and not as many as it published;
    nightly_from: from when on the newer case system delivers every night, and not on Sundays alone.
    """
    calibration = load_calibration()
    world = generate(
        HOME_AUTHORITY,
        seed=seed,
        start=start,
        horizon=end,
        cut_over=CUT_OVER,
        scale=scale,
        calibration=calibration.uncalibrated() if is_front_door_scaled else calibration,
        is_clean=False,
        progress=_silent,
    )
    placed = migrate(world)
    add_merges(world, placed)
    mislead(world, placed)
    out.mkdir(parents=True)
    write_raise(world, out, end, progress=_silent)
    write_wccis(world, placed, out, end, progress=_silent, nightly_from=nightly_from)
    write_corporate(world, out, end)


def _silent(_what: str, _done: int, _of: int) -> None:
    """Show no progress."""


def leave_out_what_came_long_before(exports: Path, day: datetime.date) -> None:
    """Remove what a council's nights from a day on do not need: all before each case system's last full extract.

    The legacy system's extracts are full, each; the newer one sends a full extract every Sunday.
    """
    sunday = day - datetime.timedelta(days=(day.weekday() + 1) % 7)
    legacy = sorted((exports / "raise").iterdir())[:-1]
    newer = [found for found in (exports / "wccis" / HOME_AUTHORITY).iterdir() if found.name < sunday.isoformat()]
    for found in (*legacy, *newer):
        shutil.rmtree(found)
