"""How publication talks to the database: whole transactions, bounded waits, clear words."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg

from csc_warehouse.errors import CscWarehouseError, WarehouseBusyError, WarehouseUnavailableError
from csc_warehouse.warehouse import Warehouse, locks

LOGGER = logging.getLogger(__name__)
Connection = psycopg.Connection[tuple[Any, ...]]
Result = TypeVar("Result")

LOCK_WAIT = "1s"
"""How long a change of a published object may queue: whoever reads it next queues behind it."""
LOCK_ATTEMPTS = 60
PUBLICATION_WAIT = "10min"
"""How long one publication waits for another to end."""


@contextmanager
def transaction(warehouse: Warehouse) -> Iterator[Connection]:
    """Yield a psycopg connection in one transaction: all of it, or nothing.

    Raises WarehouseUnavailableError when the server cannot be reached or goes away.
    """
    try:
        with warehouse.raw_connection() as connection:
            yield connection
    except (psycopg.errors.AdminShutdown, psycopg.errors.CrashShutdown, psycopg.errors.CannotConnectNow) as error:
        raise _lost() from error
    except psycopg.OperationalError as error:
        if error.sqlstate is None:  # no answer from a server at all
            raise _lost() from error
        raise


def _lost() -> WarehouseUnavailableError:
    return WarehouseUnavailableError(
        "The database was lost while a release was stored or published: readers still see the last one. "
        "Check that it runs and run the command again."
    )


def take_publication_lock(warehouse: Warehouse, connection: Connection) -> None:
    """Wait for other publications to end, and hold them off until this transaction ends."""
    if not locks.wait_at_most(connection, locks.PUBLICATION, PUBLICATION_WAIT):
        raise WarehouseBusyError(
            f"Another publication has been running for over {PUBLICATION_WAIT}"
            f"{locks.holder(warehouse, locks.PUBLICATION)}: wait until it ends and run again."
        )


def patiently(
    warehouse: Warehouse, action: Callable[[Connection], Result], *, what: str, attempts: int = LOCK_ATTEMPTS
) -> Result:
    """Change published objects in one short transaction, giving way to readers and coming back.

    A change waits for readers of the object, and later readers queue behind the change; so it never queues for
    longer than LOCK_WAIT. Raises WarehouseBusyError when readers hold the object through every attempt, and
    CscWarehouseError when it belongs to another login.
    """
    for attempt in range(attempts):
        try:
            with transaction(warehouse) as connection:
                connection.execute(f"set local lock_timeout = '{LOCK_WAIT}'")
                return action(connection)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            LOGGER.info("%s waits for a reader (attempt %s of %s).", what, attempt + 1, attempts)
            time.sleep(min(5.0, 0.2 * (attempt + 1)))
        except psycopg.errors.InsufficientPrivilege as error:
            raise CscWarehouseError(
                f"{what} could not be done: it belongs to another login ({error.diag.message_primary}). Ask the "
                "server's administrator to give it back (alter ... owner to: csc_owner for a published view, "
                "csc_publisher for a stored table) and run the command again; readers still see the last release."
            ) from error
    raise WarehouseBusyError(
        f"{what} could not be done: a long-running query holds it. End that query (csc-warehouse psql, "
        "pg_stat_activity) and run the command again; readers still see the last release."
    )
