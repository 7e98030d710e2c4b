"""Decisions of named people as lines of a journal, so that they outlive the database, and their way back into it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from psycopg import sql
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse

RAISED_BY_FUNCTION = "P0001"
SAYS_WHAT_IS_TOO_SHORT = {
    "explanations_reason_check": "Give the reason in a sentence: ten letters or more.",
    "explanations_explained_by_check": "Give the name of the person who explains it.",
    "decisions_person_check": "Give the name of the person who decides.",
    "decisions_reason_check": "Give a note or a reason: it is recorded.",
}
_LINES = text(
    "select decision_id, kind, authority_code, person, reason, details, database_user, airflow_account,"
    " decided_at::text as decided_at"
    " from quality.decisions order by decision_id"
)
_RESTORE = text(statement(__name__, "restore"))


def in_words(error: DBAPIError) -> Exception:
    """Return the sentence that a function of the database raised as our error, and anything else as it came."""
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    if constraint in SAYS_WHAT_IS_TOO_SHORT:
        return CscWarehouseError(SAYS_WHAT_IS_TOO_SHORT[constraint])
    if getattr(error.orig, "sqlstate", None) != RAISED_BY_FUNCTION:
        return error
    return CscWarehouseError(str(error.orig).strip().splitlines()[0])


def act_for(connection: Connection, account: str | None) -> None:
    """Say on behalf of which account of Airflow's pages this transaction decides; None: of nobody but its login.

    The database believes it of the warehouse's own login alone.
    """
    connection.execute(
        text("select set_config('csc_warehouse.account', :account, true)"), {"account": (account or "").strip()}
    )


def lines(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return every decision as a JSON-able line, in order."""
    with warehouse.transaction() as connection:
        return [dict(row) for row in connection.execute(_LINES).mappings()]


def keep_figures(warehouse: Warehouse, decision_id: int, folder: Path) -> Path:
    """Write the figures that a sign-off froze beside the journal, whole or not at all; return the file.

    The same figures give the same bytes, and what was written is never written again.
    """
    path = _figures_file(folder, decision_id)
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with (
        warehouse.raw_connection() as connection,
        partial.open("wb") as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed,
        connection.cursor() as cursor,
    ):
        query = sql.SQL(
            "copy (select * from quality.signed_figures where decision_id = {} order by signed_figure_id)"
            " to stdout (format csv, header)"
        )
        with cursor.copy(query.format(sql.Literal(decision_id))) as rows:
            for block in rows:
                packed.write(bytes(block))
    partial.replace(path)
    return path


def restore(warehouse: Warehouse, journalled: Iterable[Mapping[str, Any]], folder: Path) -> int:
    """Write the decisions of a journal that the database lacks, with explanations and signed figures; return how many.

    What the database holds stays as it is: a decision is never changed.
    """
    # a line that a kill repeated says the same
    unique = {line["decision_id"]: line for line in journalled}
    with warehouse.transaction() as connection:
        restored: Sequence[int] = (
            connection.execute(_RESTORE, {"lines": json.dumps(list(unique.values()))}).scalars().all()
        )
    signed = [number for number in restored if unique[number]["kind"] == "sign_off"]
    for decision_id in signed:
        _restore_figures(warehouse, _figures_file(folder, decision_id))
    _continue_counting(warehouse)
    return len(restored)


def missing(warehouse: Warehouse, records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many decisions of a journal the database lacks, under what they are called; empty: none."""
    known = {line["decision_id"] for line in lines(warehouse)}
    lacking = {record["decision_id"] for record in records if record["event"] == "decision"} - known
    return {"explanations, signatures and the like": len(lacking)} if lacking else {}


def _figures_file(folder: Path, decision_id: int) -> Path:
    return folder / f"decision-{decision_id}.csv.gz"


def _restore_figures(warehouse: Warehouse, path: Path) -> None:
    if not path.exists():
        raise CscWarehouseError(f"The signed figures {path} are missing: restore them from a backup of the archive.")
    with gzip.open(path, "rb") as packed, warehouse.raw_connection() as connection, connection.cursor() as cursor:
        header = packed.readline().decode().strip().split(",")
        columns = sql.SQL(", ").join(sql.Identifier(name) for name in header)
        # COPY keeps the numbers of rows as they were
        with cursor.copy(sql.SQL("copy quality.signed_figures ({}) from stdin (format csv)").format(columns)) as rows:
            while block := packed.read(1 << 20):
                rows.write(block)


def _continue_counting(warehouse: Warehouse) -> None:
    """Let the next decision take the number after the highest that was restored."""
    with warehouse.transaction() as connection:
        for table, column in (
            ("decisions", "decision_id"),
            ("explanations", "explanation_id"),
            ("signed_figures", "signed_figure_id"),
        ):
            connection.execute(
                text(
                    f"select setval(pg_get_serial_sequence('quality.{table}', '{column}'),"
                    f" greatest(1, (select max({column}) from quality.{table})))"
                )
            )
