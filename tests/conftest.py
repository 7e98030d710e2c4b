"""Fixtures that several rooms of tests share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import Warehouse, open_warehouse
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
    """A finished run: its settings, its open warehouse and what the run returned."""

    settings: Settings
    warehouse: Warehouse
    result: dict[str, Any]


@pytest.fixture(scope="session")
def sample_night() -> Iterator[Night]:
    """Run the whole chain once on the calibrated sample, for every test that only reads what came out."""
    from csc_warehouse import nightly
    from csc_warehouse.sample import write_sample

    with temporary_settings() as settings:
        write_sample(settings.exports)
        result = nightly.run(settings=settings)
        warehouse = open_warehouse(settings)
        yield Night(settings, warehouse, result)
        warehouse.engine.dispose()


@pytest.fixture
def candidate(sample_night: Night) -> Iterator[Connection]:
    """Yield a connection on the finished night whose changes are all rolled back."""
    with sample_night.warehouse.engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()
