"""The same lives give the same figures, whichever case system tells them (deliveries.md section 8)."""

from __future__ import annotations

import datetime
from pathlib import Path

from tests.conftest import Night
from tests.support import compiled
from tests.support.successors import figures_at, write_lives

SEED = 20200405
SUCCESSOR_FROM = datetime.date(2018, 9, 12)
FULLS = [datetime.date(2018, 9, 16), datetime.date(2018, 10, 28)]
"""Sundays: on other days the systems need not have said the same yet."""


def test_figures_when_the_successor_takes_over_then_are_those_that_wccis_gives(
    sample_night: Night, tmp_path: Path
) -> None:
    told = {}
    for name, first_day in (("throughout", None), ("succeeded", SUCCESSOR_FROM)):
        home = tmp_path / name
        write_lives(home / "exports", seed=SEED, scale=0.01, end=FULLS[-1], successor_from=first_day)
        with compiled.warehouse_beside(sample_night.warehouse, home) as warehouse:
            told[name] = figures_at(sample_night.warehouse, warehouse, FULLS)
    for day in FULLS:
        throughout, succeeded = told["throughout"][day], told["succeeded"][day]
        assert len(throughout) > 1000
        different = {key: (throughout.get(key), succeeded.get(key)) for key in throughout.keys() | succeeded.keys()}
        assert {key: pair for key, pair in different.items() if pair[0] != pair[1]} == {}, day
