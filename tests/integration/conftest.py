"""A warehouse of candidates made by hand, for each module that publishes them: one server, emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from csc_warehouse.warehouse import Warehouse
from tests.support.candidates import fresh_warehouse, reset


@pytest.fixture(scope="module")
def server() -> Iterator[Warehouse]:
    with fresh_warehouse() as warehouse:
        yield warehouse


@pytest.fixture
def warehouse(server: Warehouse) -> Warehouse:
    """Return it as though nothing had ever been published; a module that begins otherwise has a fixture of its own."""
    reset(server)
    return server
