"""The second opinion is of one mind with itself: the same lives, told by WCCIS throughout or by its successor."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from csc_warehouse.sample import CUT_OVER, HOME_AUTHORITY
from csc_warehouse.sample.calibration import load_calibration
from csc_warehouse.sample.generate import generate
from csc_warehouse.sample.identities import add_merges, mislead
from csc_warehouse.sample.migration import migrate
from csc_warehouse.sample.raise_writer import write_raise
from csc_warehouse.sample.successor_writer import write_successor
from csc_warehouse.sample.wccis_writer import write_wccis
from tests.golden.second_opinion.calculation import calculate

DAY = datetime.timedelta(days=1)


def figures(
    exports: Path, seed: int, end: datetime.date, successor_from: datetime.date | None, as_at: datetime.date
) -> set[str]:
    """Write a small council's exports and return its figures as at a day."""
    world = generate(
        HOME_AUTHORITY,
        seed=seed,
        start=datetime.date(2018, 1, 1),
        horizon=end,
        cut_over=CUT_OVER,
        scale=0.06,
        calibration=load_calibration().uncalibrated(),
        is_clean=False,
        progress=_silent,
    )
    placed = migrate(world)
    add_merges(world, placed)
    mislead(world, placed)
    write_raise(world, exports, end, progress=_silent)
    write_wccis(world, placed, exports, end if successor_from is None else successor_from - DAY, progress=_silent)
    if successor_from is not None:
        write_successor(world, placed, exports, successor_from, end, _silent)
    return {repr(value) for value in calculate(exports, as_at)}


def _silent(what: str, done: int, of: int) -> None:
    """Show no progress."""


@pytest.mark.parametrize(
    ("seed", "first_day", "as_at"),
    [
        # a day in the week of a Sunday's full, the day after one, and one in the weeks of nightly changes
        (3, "2018-09-12", "2018-10-14"),
        (14, "2018-11-05", "2018-11-25"),
        (159, "2018-12-06", "2018-12-23"),
    ],
)
def test_the_successor_tells_the_same_lives(tmp_path: Path, seed: int, first_day: str, as_at: str) -> None:
    end, first = datetime.date.fromisoformat(as_at), datetime.date.fromisoformat(first_day)
    throughout = figures(tmp_path / "throughout", seed, end, None, end)
    succeeded = figures(tmp_path / "succeeded", seed, end, first, end)
    assert len(throughout) > 500
    assert sorted(throughout ^ succeeded) == []
