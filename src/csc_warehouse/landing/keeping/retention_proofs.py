"""What stays of a delivery whose files retention has removed: its ledger, and a proof for each file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

ANNOUNCED, REMOVED = "expiring", "expired"
"""The journal's two events of one run of retention: before its files are removed, and after."""
LEDGER_OF_ONE = (
    "deliveries",
    "delivery_entities",
    "entity_files",
    "arrived_files",
    "delivery_measures",
    "delivery_notices",
    "unlisted_codes",
    "quarantine",
)
"""The tables with what the ledger knows of one delivery, which a rebuild cannot read from files that are gone."""


def snapshots(records: Iterable[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return the ledger rows of superseded deliveries that were announced as expiring, by delivery."""
    found = {}
    for record in records:
        if record["event"] == ANNOUNCED:
            found.update({int(delivery): rows for delivery, rows in record["ledger"].items()})
    return found


def restore_snapshot(cursor: psycopg.Cursor, rows: dict[str, Any]) -> None:
    """Write what the ledger knew of a delivery whose files are gone."""
    for table in LEDGER_OF_ONE:
        if rows[table]:
            columns = sql.SQL(", ").join(map(sql.Identifier, rows[table][0]))
            cursor.execute(
                sql.SQL(
                    "insert into landing.{0} ({1}) select {1} from jsonb_populate_recordset(null::landing.{0}, %s)"
                ).format(sql.Identifier(table), columns),
                [Jsonb(rows[table])],
            )


def write_proofs(cursor: psycopg.Cursor, records: Iterable[dict[str, Any]]) -> int:
    """Write the proofs that the journal has and the ledger lacks; return how many."""
    written = 0
    for record in records:
        if record["event"] != REMOVED:
            continue
        for file in record["files"]:
            cursor.execute(
                "insert into landing.retention_proofs (expiry_id, holding, delivery_id, file_name, sha256, size_bytes,"
                " rule, removed_by, removed_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
                [
                    record["expiry_id"],
                    *(file[name] for name in ("holding", "delivery_id", "file_name", "sha256", "size_bytes", "rule")),
                    record["removed_by"],
                    record["removed_at"],
                ],
            )
            written += cursor.rowcount
    return written


def take_snapshot(cursor: psycopg.Cursor, delivery_id: int) -> dict[str, Any]:
    """Return what the ledger knows of a delivery, by table, without the texts of its unreadable rows."""
    rows: dict[str, Any] = {}
    for table in LEDGER_OF_ONE:
        cursor.execute(
            sql.SQL("select to_jsonb(t) from landing.{} as t where delivery_id = %s order by t::text").format(
                sql.Identifier(table)
            ),
            [delivery_id],
        )
        rows[table] = [row[0] for row in cursor.fetchall()]
    for row in rows["quarantine"]:
        row["raw_record"] = None
    return rows
