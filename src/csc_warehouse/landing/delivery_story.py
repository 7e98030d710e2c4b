"""What became of a delivery, in plain sentences: files, hashes, row accounts, reasons, people's decisions."""

from __future__ import annotations

import psycopg

from csc_warehouse.errors import UsageError
from csc_warehouse.landing.lost_database import database_needed
from csc_warehouse.landing.recording import ledger
from csc_warehouse.warehouse import Warehouse

_FACTS = (
    "select format('%%s: %%s rows in %%s, %%s new, %%s changed, %%s unchanged, %%s in quarantine, %%s vanished.',"
    " entity, rows_in_file, file_name, rows_new, rows_changed, rows_unchanged, rows_quarantined, rows_vanished)"
    " from landing.delivery_entities where delivery_id = %s order by entity",
    "select format('Quarantine: %%s of %%s in %%s.', count(*), reason_code, file_name) from landing.quarantine"
    " where delivery_id = %s group by reason_code, file_name order by file_name, reason_code",
    "select format('File %%s: %%s bytes, sha256 %%s.', file_name, size_bytes, sha256) from landing.arrived_files"
    " where delivery_id = %s order by file_name",
    "select format('Removed from the archive on %%s by %%s: %%s, under %%s.', removed_at::date, removed_by,"
    " file_name, rule) from landing.retention_proofs where delivery_id = %s order by removed_at, file_name",
    "select 'Notice: ' || notice from landing.delivery_notices where delivery_id = %s order by notice_number",
    "select format('%%s by %%s on %%s: %%s', case when w.is_undone then 'Withdrawal undone' else 'Withdrawn' end,"
    " w.decided_by, w.decided_at::date, w.reason) from landing.withdrawals as w inner join landing.deliveries as d"
    " using (source, authority_code, name, business_date, content_sha256)"
    " where d.delivery_id = %s order by w.withdrawal_id",
    "select format('Loss accepted by %%s on %%s: %%s', o.decided_by, o.decided_at::date, o.reason)"
    " from landing.overrides as o inner join landing.deliveries as d"
    " on o.source = d.source and o.business_date = d.business_date"
    " and (o.authority_code is null or o.authority_code = d.authority_code) and (o.name is null or o.name = d.name)"
    " where d.delivery_id = %s order by o.override_id",
)
"""Queries for what hangs on one delivery, a sentence a row, in the order in which they are read."""


def story(warehouse: Warehouse, delivery_id: int) -> list[str]:
    """Return a delivery's story, one line per fact; it holds counts and names, never a row's content.

    Raises UsageError where no delivery has this id.
    """
    with database_needed(), warehouse.raw_connection() as connection, connection.cursor() as cursor:
        return _story(cursor, delivery_id)


def _story(cursor: psycopg.Cursor, delivery_id: int) -> list[str]:
    lines = _opening(cursor, delivery_id)
    for query in _FACTS:
        cursor.execute(query, [delivery_id])
        lines += [line for (line,) in cursor.fetchall()]
    return lines


def _opening(cursor: psycopg.Cursor, delivery_id: int) -> list[str]:
    """Return the sentences about the delivery as a whole."""
    cursor.execute(
        "select source, authority_code, name, business_date, kind, status, reason, rows_in_files, rows_accepted,"
        " rows_quarantined, content_sha256, received_at, landed_at from landing.deliveries where delivery_id = %s",
        [delivery_id],
    )
    row = cursor.fetchone()
    if row is None:
        raise UsageError(ledger.no_delivery(cursor, delivery_id))
    source, authority, name, day, kind, status, reason, rows, accepted, apart, content, received, landed = row
    lines = [
        f"Delivery {delivery_id}: {source} {authority} {name}, business date {day}, {kind}, {status}.",
        f"Received {received:%Y-%m-%d %H:%M} UTC, judged {landed:%Y-%m-%d %H:%M}; content {content}.",
    ]
    if reason:
        lines.append(f"Reason: {reason}")
    cursor.execute(
        "select reason_code from landing.refusals where delivery_id = %s and reason_code <> ''", [delivery_id]
    )
    lines += [f"Its section of docs/runbooks/refused-deliveries.md: {code}." for (code,) in cursor.fetchall()]
    if status != "refused":
        lines.append(f"{rows} rows in its files: {accepted} accepted and {apart} in quarantine.")
    return lines


def newest(warehouse: Warehouse, *, most: int = 20) -> list[str]:
    """Return the newest deliveries, a line each: number, what, business date, status, and why it was refused."""
    with warehouse.raw_connection() as connection, connection.cursor() as cursor:
        cursor.execute(
            "select format('%%s: %%s %%s %%s, business date %%s, %%s%%s', delivery_id, source, authority_code, name,"
            " business_date, status, coalesce('. ' || reason, '.')) from landing.deliveries"
            " order by delivery_id desc limit %s",
            [most],
        )
        return [line for (line,) in cursor.fetchall()]
