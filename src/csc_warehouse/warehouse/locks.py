"""Every lock of the warehouse, named in one place: rows that only the pipeline's roles may lock.

A lock is a row that a transaction holds `for update`, so that taking one needs the right to update it: a reader, an
analyst or a reviewer can neither take a lock nor wait in front of one. It ends with its transaction, however that ends:
a killed process leaves none behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
from psycopg import sql

from csc_warehouse.errors import CscWarehouseError, WarehouseBusyError
from csc_warehouse.warehouse.engine import Warehouse


class Executes(Protocol):
    """A connection or a cursor of psycopg."""

    def execute(self, query: Any, params: Any = None, /) -> Any:
        """Run one statement."""


@dataclass(frozen=True)
class Lock:
    """One lock: the schema whose table `locks` holds its row, and its name there."""

    schema: str
    name: str

    @property
    def table(self) -> sql.Identifier:
        """Return the table of its row."""
        return sql.Identifier(self.schema, "locks")


BUILD = Lock("release", "build")
"""One candidate at a time: held while it is built, checked and published. By csc_transformer and csc_publisher."""
PUBLICATION = Lock("release", "publication")
"""One store, publication, rollback or expiry at a time. By csc_publisher."""
SIGN_OFF = Lock("release", "sign off")
"""Two people who sign at once sign one after the other. By the functions that write signed figures, for the owner."""
GRANTS = Lock("release", "grants")
"""One session at a time brings roles and grants up to date. By the owner, in privacy.owning."""
LANDING_TABLES = Lock("landing", "landing tables")
"""Held while landing's tables are made from the contracts. By csc_loader."""
ARCHIVE = Lock("landing", "archive")
"""Shared by all who put files into the archive or read them; held alone by who removes some. By csc_loader."""


def landing(source: str, authority_code: str) -> Lock:
    """Return the lock that one source and authority is landed under. By csc_loader."""
    return Lock("landing", f"landing {source}|{authority_code}")


def wait_for(session: Executes, lock: Lock) -> None:
    """Wait until nobody holds a lock, and hold it to the end of the transaction."""
    _take(session, lock, "for update")


def share(session: Executes, lock: Lock) -> None:
    """Wait until nobody holds a lock alone, and share it to the end of the transaction."""
    _take(session, lock, "for share")


def try_to_take(session: Executes, lock: Lock) -> bool:
    """Hold a lock to the end of the transaction; False, at once, where somebody has it."""
    if _take(session, lock, "for update skip locked"):
        return True
    row = session.execute(sql.SQL("select from {} where name = %s").format(lock.table), [lock.name]).fetchone()
    if row is None:
        raise CscWarehouseError(
            f"The lock {lock.name} is not in {lock.schema}.locks: restore that table's row from a backup."
        )
    return False


def _take(session: Executes, lock: Lock, how: str) -> bool:
    if lock.name.startswith("landing "):
        # sources and authorities are data: their rows are made when they are first needed
        session.execute(
            sql.SQL("insert into {} (name) values (%s) on conflict do nothing").format(lock.table), [lock.name]
        )
    statement = sql.SQL("select true from {} where name = %s " + how).format(lock.table)
    return session.execute(statement, [lock.name]).fetchone() is not None


@contextmanager
def held(warehouse: Warehouse, lock: Lock, *, what: str, remedy: str) -> Iterator[None]:
    """Hold a lock in a session of its own while something is done.

    Raises WarehouseBusyError where somebody has it: what they do, who they are and since when, and the remedy.
    """
    connection = warehouse.raw_connection()
    try:
        if not try_to_take(connection, lock):
            raise WarehouseBusyError(f"{what}{holder(warehouse, lock)}: {remedy}")
        # this transaction then does nothing for as long as the work takes; a statement without parameters also lets
        # go of the snapshot that taking the lock left open, for which detaching a table would wait
        connection.execute("set local idle_in_transaction_session_timeout = 0")
        yield
    finally:
        connection.close()


def holder(warehouse: Warehouse, lock: Lock) -> str:
    """Return who holds a lock, to be put behind a sentence; empty where the server does not say.

    A row's locker is its xmax; a session shows the number of its transaction as a lock of its own.
    """
    statement = sql.SQL(
        "select s.application_name, s.usename, s.xact_start from {} as l"
        " inner join pg_locks as p on p.locktype = 'transactionid' and p.granted and p.transactionid = l.xmax"
        " inner join pg_stat_activity as s on s.pid = p.pid where l.name = %s"
    ).format(lock.table)
    # only the login itself, and no group role, is shown what its sessions do
    with warehouse.acting_as(None).raw_connection() as connection:
        row = connection.execute(statement, [lock.name]).fetchone()
    if row is None:
        return ""
    application, login, since = row
    began = "" if since is None else f", since {since:%d %B %Y %H:%M %Z}"
    return f" ({application or 'a session without a name'}, login {login}{began})"


def wait_at_most(session: psycopg.Connection[Any], lock: Lock, duration: str) -> bool:
    """Wait for a lock for a time such as 10min and hold it to the end of the transaction; False where it was not free.

    The transaction is of no more use then.
    """
    session.execute(f"set local lock_timeout = '{duration}'")
    try:
        wait_for(session, lock)
    except psycopg.errors.LockNotAvailable:
        return False
    session.execute("set local lock_timeout = 0")
    return True
