"""The same lives of a small council, told by WCCIS throughout or by its successor from a day on."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from csc_warehouse import landing
from csc_warehouse.sample import CUT_OVER, FIRST_DAY, HOME_AUTHORITY
from csc_warehouse.sample.calibration import load_calibration
from csc_warehouse.sample.generate import generate
from csc_warehouse.sample.identities import add_merges, mislead
from csc_warehouse.sample.migration import migrate
from csc_warehouse.sample.raise_writer import write_raise
from csc_warehouse.sample.successor_writer import write_successor
from csc_warehouse.sample.wccis_writer import write_wccis
from csc_warehouse.warehouse import Warehouse
from tests.golden.compare_expected import Key, Measures, read_found
from tests.support import compiled

DAY = datetime.timedelta(days=1)


def write_lives(
    out: Path, *, seed: int, scale: float, end: datetime.date, successor_from: datetime.date | None
) -> None:
    """Write the exports of a council of a share of Wrexham's size; the same seed and scale are the same lives.

    What Wrexham published of its front door is no part of it: that has one size, whatever the scale.
    """
    world = generate(
        HOME_AUTHORITY,
        seed=seed,
        start=FIRST_DAY,
        horizon=end,
        cut_over=CUT_OVER,
        scale=scale,
        calibration=load_calibration().uncalibrated(),
        # a row that one system sent unreadable and the other did not is another tale
        is_clean=True,
        progress=_silent,
    )
    placed = migrate(world)
    add_merges(world, placed)
    mislead(world, placed)
    out.mkdir(parents=True)
    write_raise(world, out, end, progress=_silent)
    write_wccis(world, placed, out, end if successor_from is None else successor_from - DAY, progress=_silent)
    if successor_from is not None:
        write_successor(world, placed, out, successor_from, end, _silent)


def figures_at(
    night: Warehouse, warehouse: Warehouse, days: Sequence[datetime.date]
) -> dict[datetime.date, dict[Key, Measures]]:
    """Land everything that waits in a warehouse beside a finished night, and return its figures as at each day."""
    waiting = [
        delivery
        for source in warehouse.settings.config.sources
        for delivery in landing.find_waiting(
            warehouse.settings, source=source, as_at=None, stable_seconds=0, warehouse=warehouse
        )
    ]
    summary = landing.land(warehouse, sorted(waiting, key=lambda delivery: delivery.business_date))
    assert not summary.refused, summary
    found = {}
    for day in days:
        compiled.build(night, warehouse, day)
        found[day] = read_found(warehouse.engine, "marts_candidate.indicator_values")
    return found


def _silent(_what: str, _done: int, _of: int) -> None:
    """Show no progress."""
