"""A database that is lost while landing works with it, said as one clear sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from csc_warehouse.errors import NoSpaceError, WarehouseUnavailableError
from csc_warehouse.warehouse import Warehouse

DATABASE_LOST = (psycopg.OperationalError, psycopg.InterfaceError)
"""What the driver raises when the database is gone."""


@contextmanager
def database_needed() -> Iterator[None]:
    """Turn the loss of the database into WarehouseUnavailableError, which is worth retrying."""
    try:
        yield
    except DATABASE_LOST as error:
        raise warehouse_unavailable(error) from error


@contextmanager
def one_transaction(warehouse: Warehouse) -> Iterator[psycopg.Cursor]:
    """Yield a cursor on a connection of its own, all of whose work is done or none of it. Raises the same."""
    with (
        database_needed(),
        warehouse.raw_connection() as connection,
        connection.transaction(),
        connection.cursor() as cursor,
    ):
        yield cursor


def warehouse_unavailable(error: psycopg.Error) -> WarehouseUnavailableError:
    """Return the one sentence for a lost database; a full disk of the server is named as such."""
    whole = "the delivery at hand was not half landed"
    if isinstance(error, psycopg.errors.DiskFull):
        return NoSpaceError(
            f"Landing stopped: the database server has no space left. Free some and run the command again; {whole}."
        )
    words = str(error).strip().splitlines()
    return WarehouseUnavailableError(
        f"Landing stopped: the connection to the database was lost ({words[0] if words else 'no reason given'})."
        f" Run the command again once it is back; {whole}."
    )
