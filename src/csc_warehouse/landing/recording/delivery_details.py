"""What the ledger keeps of one delivery: row accounts, quarantine, files, measures, unlisted codes, notices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import psycopg
from psycopg import sql

from csc_warehouse.landing.reading.row_measures import Measure
from csc_warehouse.landing.reading.rows import QuarantinedRow
from csc_warehouse.landing.recording.attempt import Attempt
from csc_warehouse.landing.recording.ledger import EntityAccount, previous_accepted
from csc_warehouse.landing.verifying.verified import Verified
from csc_warehouse.sources.delivery import Delivery


def rows_of(cursor: psycopg.Cursor, delivery_id: int) -> dict[str, EntityAccount]:
    """Return the row accounts of a delivery by entity."""
    cursor.execute(
        "select entity, file_name, rows_in_file, rows_accepted, rows_new, rows_changed, rows_unchanged,"
        " rows_quarantined, rows_vanished, rows_erased from landing.delivery_entities where delivery_id = %s",
        [delivery_id],
    )
    return {row[0]: EntityAccount(*row) for row in cursor.fetchall()}


def entity_hashes(cursor: psycopg.Cursor, delivery_id: int, contract_sha256: str) -> dict[str, str]:
    """Return by entity the SHA-256 of the file it was read from, where that was under this contract."""
    cursor.execute(
        "select entity, sha256 from landing.entity_files where delivery_id = %s and contract_sha256 = %s",
        [delivery_id, contract_sha256],
    )
    return dict(cursor.fetchall())


def write_accounts(cursor: psycopg.Cursor, delivery_id: int, accounts: Iterable[EntityAccount]) -> None:
    """Write a delivery's row accounts, replacing those it had."""
    cursor.execute("delete from landing.delivery_entities where delivery_id = %s", [delivery_id])
    names = "entity, file_name, rows_in_file, rows_accepted, rows_new, rows_changed, rows_unchanged, rows_quarantined"
    _copy(
        cursor,
        f"copy landing.delivery_entities (delivery_id, {names}, rows_vanished, rows_erased) from stdin",
        [
            (
                delivery_id,
                a.entity,
                a.file_name,
                a.rows_in_file,
                a.rows_accepted,
                a.rows_new,
                a.rows_changed,
                a.rows_unchanged,
                a.rows_quarantined,
                a.rows_vanished,
                a.rows_erased,
            )
            for a in accounts
        ],
    )


def write_quarantine(
    cursor: psycopg.Cursor, current: Attempt, entity: str, file_name: str, rows: Collection[QuarantinedRow]
) -> None:
    """Write the rows of one file that could not be read."""
    if not rows:
        return
    _copy(
        cursor,
        "copy landing.quarantine (delivery_id, source, authority_code, business_date, file_name, entity,"
        " record_number, column_name, reason_code, reason, raw_record) from stdin",
        (
            (
                current.delivery_id,
                current.delivery.source,
                current.delivery.authority_code,
                current.delivery.business_date,
                file_name,
                entity,
                row.record_number,
                row.problem.column_name,
                row.problem.reason_code,
                row.problem.reason,
                row.raw_record,
            )
            for row in rows
        ),
    )


def write_files(cursor: psycopg.Cursor, current: Attempt, verified: Verified) -> None:
    """Write the files of a delivery with their hashes: those that arrived, and those that entities were read from."""
    _copy(
        cursor,
        "copy landing.arrived_files (delivery_id, file_name, size_bytes, sha256) from stdin",
        [(current.delivery_id, file.name, file.size, file.sha256) for file in verified.arrived],
    )
    _copy(
        cursor,
        "copy landing.entity_files (delivery_id, entity, file_name, size_bytes, sha256, contract_sha256) from stdin",
        [
            (current.delivery_id, f.entity.name, f.file_name, f.size, f.sha256, current.contract_sha256)
            for f in verified.entity_files
        ],
    )


def write_measures(cursor: psycopg.Cursor, delivery_id: int, measures: Iterable[Measure]) -> None:
    """Write what was measured at the door, for the next delivery to be compared with."""
    _copy(
        cursor,
        "copy landing.delivery_measures (delivery_id, entity, column_name, measure, value) from stdin",
        [(delivery_id, *measure) for measure in measures],
    )


def write_unlisted(cursor: psycopg.Cursor, delivery_id: int, entity: str, unlisted: dict[str, Counter[str]]) -> None:
    """Write the codes that the contract does not list, each with its number of rows."""
    _copy(
        cursor,
        "copy landing.unlisted_codes (delivery_id, entity, column_name, code, rows) from stdin",
        [
            (delivery_id, entity, column, code, rows)
            for column, codes in unlisted.items()
            for code, rows in codes.items()
        ],
    )


def repeat_unlisted(cursor: psycopg.Cursor, delivery: Delivery, delivery_id: int, entities: Sequence[str]) -> None:
    """Repeat the unlisted codes of the full just before, for entities whose file is the same and was not read."""
    before = previous_accepted(cursor, delivery)
    if before is not None:
        cursor.execute(
            "insert into landing.unlisted_codes (delivery_id, entity, column_name, code, rows)"
            " select %s, entity, column_name, code, rows from landing.unlisted_codes"
            " where delivery_id = %s and entity = any(%s)",
            [delivery_id, before.delivery_id, list(entities)],
        )


def write_notices(cursor: psycopg.Cursor, delivery_id: int, notices: Sequence[str]) -> None:
    """Write the notices of a delivery, a sentence each."""
    if notices:
        cursor.executemany(
            "insert into landing.delivery_notices (delivery_id, notice_number, notice) values (%s, %s, %s)",
            [(delivery_id, number, notice) for number, notice in enumerate(notices, start=1)],
        )


def _copy(cursor: psycopg.Cursor, statement: str, rows: Iterable[Sequence[object]]) -> None:
    with cursor.copy(sql.SQL(statement)) as copy:
        for row in rows:
            copy.write_row(row)
