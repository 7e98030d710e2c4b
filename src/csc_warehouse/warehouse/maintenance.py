"""What upkeep needs of the database: what became of its steps, and the tables that want cleaning."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import text

from csc_warehouse.sql_files import quoted, statement
from csc_warehouse.warehouse.engine import Warehouse

_KEEP = text(
    "insert into quality.upkeep_steps (stamp, step, outcome, sentence, began_at)"
    " values (:stamp, :step, :outcome, :sentence, :began)"
)
_LAST_DONE = text("select max(stamp) from quality.upkeep_steps where step = :step and outcome = 'done'")
_LATEST = text(statement(__name__, "latest_steps"))
_IN_NEED = text(statement(__name__, "in_need"))


def now(warehouse: Warehouse) -> datetime.datetime:
    """Return the server's time: one clock for what began and what ended."""
    with warehouse.transaction() as connection:
        found: datetime.datetime = connection.execute(text("select clock_timestamp()")).scalar_one()
    return found


def keep_step(
    warehouse: Warehouse, *, stamp: str, step: str, outcome: str, sentence: str, began: datetime.datetime
) -> None:
    """Keep what became of a step of an evening's upkeep; the row is never changed."""
    row = {"stamp": stamp, "step": step, "outcome": outcome, "sentence": sentence, "began": began}
    with warehouse.transaction() as connection:
        connection.execute(_KEEP, row)


def last_done(warehouse: Warehouse, step: str) -> datetime.date | None:
    """Return the evening on which a step was last done; None: it never was."""
    with warehouse.transaction() as connection:
        stamp = connection.execute(_LAST_DONE, {"step": step}).scalar()
    return None if stamp is None else datetime.date.fromisoformat(stamp)


def latest_steps(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return what became of each step when it was last tried, in their order: step, outcome, sentence, ended_at."""
    with warehouse.transaction() as connection:
        return [dict(row) for row in connection.execute(_LATEST).mappings()]


def vacuum_by_need(warehouse: Warehouse) -> list[str]:
    """Clean and count anew the tables of which a tenth has changed, and return their names.

    Nobody who reads waits for it, and a table that somebody else holds is left to the next evening. The server does
    the same by itself where its autovacuum is on and keeps up.
    """
    with warehouse.transaction() as connection:
        needing = [(row.schema_name, row.table_name) for row in connection.execute(_IN_NEED)]
    if needing:
        with warehouse.raw_connection(autocommit=True) as connection:
            for schema, table in needing:
                connection.execute(f"vacuum (analyze, skip_locked) {quoted(schema, table)}")
    return [f"{schema}.{table}" for schema, table in needing]
