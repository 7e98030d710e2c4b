"""Fixtures that several rooms of tests share."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection

from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import Warehouse, open_warehouse
from csc_warehouse.warehouse.engine import warehouse_url
from tests.support.homes import temporary_home, temporary_settings


@pytest.fixture
def home() -> Iterator[Path]:
    """Yield an empty home of this test's own."""
    with temporary_home() as path:
        yield path


@pytest.fixture(scope="module")
def module_warehouse() -> Iterator[Warehouse]:
    """Yield an open, empty warehouse that the tests of one file share."""
    with temporary_settings() as settings:
        warehouse = open_warehouse(settings)
        yield warehouse
        warehouse.engine.dispose()


@dataclass(frozen=True)
class Night:
    """A finished run: its settings, its open warehouse and what the run returned.

    landed: settings of a second home and database that hold the same deliveries and no build: another day's night
    starts from there.
    """

    settings: Settings
    warehouse: Warehouse
    result: dict[str, Any]
    landed: Settings


@pytest.fixture(scope="session")
def sample_night() -> Iterator[Night]:
    """Run the whole chain once on the calibrated sample, for every test that only reads what came out."""
    from csc_warehouse import nightly
    from csc_warehouse.sample import write_sample

    with temporary_settings() as settings, temporary_home() as beside:
        write_sample(settings.exports)
        nightly.land(settings=settings)
        landed = _copy_of(settings, beside)
        result = nightly.run(settings=settings)
        warehouse = open_warehouse(settings)
        yield Night(settings, warehouse, result, landed)
        warehouse.engine.dispose()


def _copy_of(settings: Settings, home: Path) -> Settings:
    """Copy what has landed into a second database of the same server, with a home of its own."""
    url = warehouse_url(settings)
    with psycopg.connect(host=str(url.query["host"]), user="postgres", dbname="postgres", autocommit=True) as server:
        server.execute(f"create database landed template {url.database}")
    copied = url.set(database="landed").render_as_string(hide_password=False)
    # the key stays where it is: a pseudonym belongs to a council, not to a database
    return settings.model_copy(update={"home": home, "database_url": copied})


@pytest.fixture(scope="session")
def seventeenth_of_december(sample_night: Night) -> Iterator[Warehouse]:
    """Run the night as at 17 December 2018, whose open assessments the council printed, in the second home."""
    from csc_warehouse import nightly

    nightly.run(settings=sample_night.landed, as_at=datetime.date(2018, 12, 17))
    warehouse = open_warehouse(sample_night.landed)
    yield warehouse
    warehouse.engine.dispose()


@pytest.fixture
def candidate(sample_night: Night) -> Iterator[Connection]:
    """Yield a connection on the finished night whose changes are all rolled back."""
    with sample_night.warehouse.engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()
