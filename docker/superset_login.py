"""Make the login that Superset reads the warehouse by, and leave its password where Superset alone finds it.

Ends with 1 and one sentence where nothing is published yet, or somebody else's login has the name.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from csc_warehouse.commands.console import ERROR, OUT
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.privacy import logins
from csc_warehouse.settings import load_settings
from csc_warehouse.warehouse import Warehouse, open_warehouse

LOGIN, ROLE = "superset", "csc_reader"
FOLDER = Path("/srv/csc/superset_login")


def _lets_in(warehouse: Warehouse, password: str) -> bool:
    address = warehouse.url.set(drivername="postgresql", username=LOGIN, password=None)
    try:
        psycopg.connect(address.render_as_string(), password=password, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


def _write(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    # beside the folder of logins, in which Superset takes every file for one
    unfinished = FOLDER / f".{path.name}.{os.getpid()}"
    unfinished.touch(mode=0o600)
    unfinished.write_text(text, encoding="utf-8")
    unfinished.rename(path)


def ensure_login(warehouse: Warehouse, folder: Path = FOLDER) -> None:
    """Make the login with a password of its own, or a new password where the kept one does not let it in."""
    kept = folder / "logins" / LOGIN
    told = {"host": warehouse.url.host, "port": warehouse.url.port or 5432, "database": warehouse.url.database}
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    _write(folder / "warehouse.json", json.dumps(told))
    with warehouse.transaction() as connection:
        known = {login.name: login for login in logins.present(connection)}.get(LOGIN)
    if known is not None and known.roles != (ROLE,):
        raise UsageError(f"The login {LOGIN} is there and has not just {ROLE}: drop it, then start again.")
    if known is None:
        password = logins.add(warehouse, LOGIN, ROLE)
    elif kept.exists() and known.is_let_in and _lets_in(warehouse, kept.read_text(encoding="utf-8")):
        return
    else:
        password = logins.renew_password(warehouse, LOGIN)
    _write(kept, password)
    _let_in(warehouse)


def _let_in(warehouse: Warehouse) -> None:
    """Let those who were given a login connect: the database of the containers is closed to everybody else."""
    with warehouse.raw_connection() as connection:
        database = sql.Identifier(str(warehouse.url.database))
        connection.execute(
            sql.SQL("grant connect on database {} to {}").format(database, sql.Identifier(logins.LET_IN))
        )


def main() -> int:
    """Do it; return the exit code."""
    try:
        ensure_login(open_warehouse(load_settings()))
    except CscWarehouseError as error:
        ERROR.print(f"{error}", markup=False)
        return 1
    OUT.print(f"Superset reads as {LOGIN}, with the role {ROLE}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
