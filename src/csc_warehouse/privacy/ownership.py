"""Which role owns which relation: what it makes and remakes, and nothing else."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.privacy import grant_changes
from csc_warehouse.privacy.grants import BUILT, KEPT_BY_BUILD, LOADER, PUBLISHER, TRANSFORMER
from csc_warehouse.sql_files import quoted, statement

IN_TURN = "select from release.locks where name = 'grants' for update"
"""Two sessions that grant at once would stumble over each other in the server's catalogue."""
LOCK_NOT_AVAILABLE = "55P03"
LOCK_WAIT = "2s"
LOCK_ATTEMPTS = 30
"""A table that changes hands waits for its readers, and later readers wait behind it: so it never waits for long."""


class Login(Protocol):
    """A warehouse whose sessions are the login's own."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """Open one transaction."""


FOREIGN_HANDS = statement(__name__, "foreign_hands")


def hand_over(login: Login, of: frozenset[str]) -> int:
    """Give each role what it makes and remakes, so that it may change it: tables of an earlier or a restored night.

    Raises CscWarehouseError where readers hold a table through every attempt.
    """
    parameters = {
        "built": list(BUILT),
        "kept": list(KEPT_BY_BUILD),
        "transformer": TRANSFORMER,
        "loader": LOADER,
        "publisher": PUBLISHER,
    }
    with login.transaction() as connection:
        connection.exec_driver_sql(IN_TURN)
        # a role can only be given what lies where it may create
        made = sum(
            grant_changes.give(connection, grant)
            for grant in grant_changes.grants_to_create()
            if _exists(connection, grant.role)
        )
        rows = connection.execute(text(FOREIGN_HANDS), parameters).all()
    for row in rows:
        if row.owner_name not in of:
            continue
        kind = "view" if row.is_view else "table"
        name = quoted(row.schema_name, row.relation_name)
        made += _patiently(login, f"alter {kind} {name} owner to {quoted(row.owner_name)}", name)
    return made


def _exists(connection: Connection, role: str) -> bool:
    return bool(
        connection.execute(text("select exists (select from pg_roles where rolname = :role)"), {"role": role}).scalar()
    )


def _patiently(login: Login, statement: str, name: str) -> int:
    for attempt in range(LOCK_ATTEMPTS):
        try:
            with login.transaction() as connection:
                connection.exec_driver_sql(IN_TURN)
                connection.exec_driver_sql(f"set local lock_timeout = '{LOCK_WAIT}'")
                return grant_changes.execute(connection, statement)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            time.sleep(min(5.0, 0.2 * (attempt + 1)))
    raise CscWarehouseError(
        f"The table {name} cannot be given to its role: a long-running query holds it. End that query (csc-warehouse "
        "psql, pg_stat_activity) and run the command again; readers still see the last release."
    )
