"""Clean exports of a seed drawn at random raise no alarm, neither at the door nor at the exit."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Iterable

import pytest
from sqlalchemy import text

from csc_warehouse import nightly
from csc_warehouse.quality import exit_checks
from csc_warehouse.sample import write_sample
from csc_warehouse.transform import runner
from csc_warehouse.warehouse import open_warehouse
from tests.conftest import Night
from tests.support.prepared import prepared_settings

LAST_DAY = dt.date(2018, 6, 3)
"""Two weeks after the cut-over: both systems, and as little as a night can be."""


def test_clean_exports_of_any_seed_when_judged_then_no_false_alarm(
    sample_night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = random.SystemRandom().randrange(1, 1_000_000)
    print(f"seed {seed}")  # noqa: T201 - who sees this fail needs it
    with prepared_settings() as settings:
        write_sample(settings.exports, seed=seed, years=0, end=LAST_DAY, clean=True)
        # the newest deliveries of either system are enough
        for folder in sorted((settings.exports / "raise").iterdir())[:-2]:
            shutil.rmtree(folder)
        # what dbt has parsed for one home is right for another
        monkeypatch.setattr(runner, "_manifests", {settings.home: runner.parse_project(sample_night.warehouse)})
        landed = nightly.land(settings=settings)
        built = nightly.build(settings=settings)
        warehouse = open_warehouse(settings)
        (found,) = exit_checks.check(warehouse, built["release_id"]).values()
        with warehouse.transaction() as connection:
            warned: Iterable[str] = connection.execute(
                text("select check_code from quality.check_results where severity <> 'info' and status <> 'passed'")
            ).scalars()
            assert list(warned) == [], seed
        warehouse.engine.dispose()
    assert landed["refused"] == [], seed
    assert (found.verdict, found.failed_checks) == ("published", ()), seed
