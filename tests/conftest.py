"""Fixtures that several rooms of tests share."""

from __future__ import annotations

import datetime
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from csc_warehouse.warehouse import Warehouse, open_warehouse
from tests.support.finished_night import Night, finished_night
from tests.support.homes import temporary_home
from tests.support.prepared import prepared_settings

__all__ = ["Night"]


def pytest_configure() -> None:
    """Look for garbage as seldom as a night does (scripts/run_night.py): it is a fifth of what dbt takes."""
    gc.set_threshold(100_000, 50, 50)


@pytest.fixture
def home() -> Iterator[Path]:
    """Yield an empty home of this test's own."""
    with temporary_home() as path:
        yield path


@pytest.fixture(scope="module")
def module_warehouse() -> Iterator[Warehouse]:
    """Yield an open, empty warehouse that the tests of one file share."""
    with prepared_settings() as settings:
        warehouse = open_warehouse(settings)
        yield warehouse
        warehouse.engine.dispose()


@pytest.fixture(scope="session")
def sample_night() -> Iterator[Night]:
    """Yield the whole chain's night on the calibrated sample, for every test that only reads what came out."""
    with finished_night() as night:
        yield night


@pytest.fixture(scope="session")
def seventeenth_of_december(sample_night: Night) -> Iterator[Warehouse]:
    """Publish 17 December 2018, whose open assessments the council printed, in the second home; no page is written."""
    from csc_warehouse import nightly

    settings = sample_night.landed
    release_id = nightly.build(settings=settings, as_at=datetime.date(2018, 12, 17))["release_id"]
    nightly.check(release_id, settings=settings)
    nightly.publish(release_id, settings=settings)
    warehouse = open_warehouse(settings)
    yield warehouse
    warehouse.engine.dispose()


@pytest.fixture
def candidate(sample_night: Night) -> Iterator[Connection]:
    """Yield a connection on the finished night whose changes are all rolled back."""
    with sample_night.warehouse.engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()
