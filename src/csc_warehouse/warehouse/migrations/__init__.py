"""Numbered SQL files, applied once each, in order, each in one transaction."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.settings import Settings

DIRECTORY = Path(__file__).parent
ADVISORY_LOCK = 7_305_001
"""Held while migrating, so that two commands started together do not both create a schema."""


def _files() -> list[Path]:
    return sorted(DIRECTORY.glob("[0-9][0-9][0-9]_*.sql"))


def migrate(engine: Engine, settings: Settings) -> list[str]:
    """Apply the migrations that are missing and return their names.

    Raises CscWarehouseError when an applied migration's text has changed since: history is not rewritten.
    """
    del settings
    applied: list[str] = []
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        known = _known(connection)
        for path in _files():
            content = path.read_text(encoding="utf-8")
            digest = hashlib.sha256(content.encode()).hexdigest()
            if path.stem in known:
                if known[path.stem] != digest:
                    raise CscWarehouseError(
                        f"Migration {path.name} was changed after it was applied here: add a new migration instead."
                    )
                continue
            connection.exec_driver_sql(content.replace("%", "%%"))
            connection.execute(
                text("insert into release.schema_migrations (name, sha256) values (:name, :sha256)"),
                {"name": path.stem, "sha256": digest},
            )
            applied.append(path.stem)
    return applied


def _known(connection: Connection) -> dict[str, str]:
    if connection.execute(text("select to_regclass('release.schema_migrations')")).scalar() is None:
        connection.exec_driver_sql(
            "create schema if not exists release;"
            "create table release.schema_migrations ("
            " name text primary key, sha256 text not null, applied_at timestamptz not null default now());"
            "comment on table release.schema_migrations is 'One row per migration that this database has had.'"
        )
    rows = connection.execute(text("select name, sha256 from release.schema_migrations")).all()
    return {str(row.name): str(row.sha256) for row in rows}
