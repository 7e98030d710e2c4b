"""The same lives give the same figures, whichever case system tells them (deliveries.md section 8)."""

from __future__ import annotations

import datetime
from pathlib import Path

from tests.conftest import Night
from tests.golden.second_opinion import calculate
from tests.golden.test_second_opinion import expect_agreement
from tests.support import compiled
from tests.support.successors import figures_at, write_lives

SEED = 31
SUCCESSOR_FROM = datetime.date(2018, 6, 14)
"""Clients who were not migrated come back between WCCIS's last Sunday and this day; after it an adopted one does, and
another's new identity names the old number."""
FULLS = [datetime.date(2018, 6, 17), datetime.date(2018, 12, 2)]
"""Sundays: on other days the systems need not have said the same yet."""


def test_figures_when_the_successor_takes_over_then_are_those_that_wccis_and_a_second_opinion_give(
    sample_night: Night, tmp_path: Path
) -> None:
    told = {}
    for name, first_day in (("throughout", None), ("succeeded", SUCCESSOR_FROM)):
        home = tmp_path / name
        write_lives(home / "exports", seed=SEED, scale=0.1, end=FULLS[-1], successor_from=first_day)
        with compiled.warehouse_beside(sample_night.warehouse, home) as warehouse:
            told[name] = figures_at(sample_night.warehouse, warehouse, FULLS)
            if first_day is not None:
                expect_agreement(warehouse, calculate(home / "exports", FULLS[-1]), "a council that left WCCIS")
    for day in FULLS:
        throughout, succeeded = told["throughout"][day], told["succeeded"][day]
        assert len(throughout) > 1000
        different = {key: (throughout.get(key), succeeded.get(key)) for key in throughout.keys() | succeeded.keys()}
        assert {key: pair for key, pair in different.items() if pair[0] != pair[1]} == {}, day
