"""Numbered SQL files, applied once each, in order, and after them the functions and views: all in one transaction."""

from __future__ import annotations

import hashlib
import logging
import time
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import repeatable

LOGGER = logging.getLogger(__name__)

DIRECTORY = Path(__file__).parent
LOCK_LEDGER = "lock table release.schema_migrations in share row exclusive mode"
"""Held while migrating, so that two commands started together do not both create a schema. Only who may write this
table, its owner, can take it."""

IS_SOMEBODY_ELSES = (
    "select exists (select from pg_namespace as n"
    " where n.nspname = 'release' and not pg_has_role(current_user, n.nspowner, 'usage'))"
)
"""Whether the warehouse is there and belongs to another login than this one."""
LEDGER = statement(__name__, "ledger")
AT_THE_SAME_TIME = ("23505", "42P06", "42P07", "XX000")
"""What the server says where another session makes the same schema, table or comment in the same instant."""
ATTEMPTS = 20


def _files() -> list[Path]:
    return sorted(DIRECTORY.glob("[0-9][0-9][0-9]_*.sql"))


def migrate(engine: Engine) -> list[str]:
    """Apply the migrations that are missing, then the functions and views that changed; return the names of both.

    A database that had migrations which are not in this code belongs to a later version: its functions and views stay.

    A login that only reads or signs leaves the schemas as they are: they are the owner's business. Raises
    CscWarehouseError when an applied migration's text has changed since: history is not rewritten; and when one fails:
    then all is as it was before.
    """
    with engine.begin() as connection:
        if connection.execute(text(IS_SOMEBODY_ELSES)).scalar():
            return []
    _make_ledger(engine)
    applied: list[str] = []
    with engine.begin() as connection:
        connection.exec_driver_sql(LOCK_LEDGER)
        rows = connection.execute(text("select name, sha256 from release.schema_migrations")).all()
        known = {str(row.name): str(row.sha256) for row in rows}
        for path in _files():
            content = path.read_text(encoding="utf-8")
            digest = hashlib.sha256(content.encode()).hexdigest()
            if path.stem in known:
                if known[path.stem] != digest:
                    raise CscWarehouseError(
                        f"Migration {path.name} was changed after it was applied here: add a new migration instead."
                    )
                continue
            try:
                connection.exec_driver_sql(content.replace("%", "%%"))
            except OperationalError:
                raise
            except DBAPIError as error:
                # what the server says of it may quote a value
                raise CscWarehouseError(
                    f"Migration {path.name} failed ({type(error.orig).__name__}): nothing was changed, and the version"
                    " that ran before goes on working on this database. Go back to it"
                    " (docs/runbooks/upgrading.md) and tell who maintains csc-warehouse."
                ) from error
            connection.execute(
                text("insert into release.schema_migrations (name, sha256) values (:name, :sha256)"),
                {"name": path.stem, "sha256": digest},
            )
            applied.append(path.stem)
        if known.keys() - {path.stem for path in _files()}:
            LOGGER.info("This database was made by a later version: its functions and views are left as they are.")
            return applied
        return applied + repeatable.bring_up_to_date(
            connection, is_forced=bool(applied), wanted=repeatable.files(repeatable.DIRECTORY)
        )


def _make_ledger(engine: Engine) -> None:
    """Make the table of what was applied; of two commands that do so at once one looks again."""
    for attempt in range(ATTEMPTS):
        try:
            with engine.begin() as connection:
                if connection.execute(text("select to_regclass('release.schema_migrations')")).scalar() is None:
                    connection.exec_driver_sql(LEDGER)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in AT_THE_SAME_TIME or attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.1)
        else:
            return
