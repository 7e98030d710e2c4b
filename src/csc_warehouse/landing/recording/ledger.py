"""The ledger: every delivery that was tried, what became of it, and its row account."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from csc_warehouse.landing.reading.row_measures import Measure
from csc_warehouse.landing.reading.rows import QuarantinedRow
from csc_warehouse.landing.recording.delivery_status import STANDS, Fate, superseded_by, why
from csc_warehouse.landing.verifying.delivery_files import Verified
from csc_warehouse.sources.delivery import Delivery
from csc_warehouse.warehouse import locks

if TYPE_CHECKING:
    from csc_warehouse.landing.recording.attempt import Attempt


@dataclass(frozen=True)
class LedgerEntry:
    """One delivery of the ledger."""

    delivery_id: int
    business_date: datetime.date
    kind: str
    status: str
    reason: str | None
    content_sha256: str


@dataclass
class EntityAccount:
    """One entity's row account: in file = accepted + quarantined; accepted = new + changed + unchanged."""

    entity: str
    file_name: str
    rows_in_file: int = 0
    rows_accepted: int = 0
    rows_new: int = 0
    rows_changed: int = 0
    rows_unchanged: int = 0
    rows_quarantined: int = 0
    rows_vanished: int = 0
    rows_erased: int = 0
    """Of the unchanged ones: rows of erased children, which are not kept."""


_ENTRY = "delivery_id, business_date, kind, status, reason, content_sha256"
_SLOT = "source = %s and authority_code = %s and name = %s"


def lock(cursor: psycopg.Cursor, source: str, authority_code: str) -> None:
    """Wait until no other landing works on this source and authority; held to the end of the transaction."""
    share_archive(cursor)
    locks.wait_for(cursor, locks.landing(source, authority_code))


def share_archive(cursor: psycopg.Cursor) -> None:
    """Wait until nobody removes files from the archive; none are to the end of the transaction."""
    locks.share(cursor, locks.ARCHIVE)


def hold_archive(cursor: psycopg.Cursor) -> bool:
    """Hold the archive alone to the end of the transaction; False where somebody works with it."""
    return locks.try_to_take(cursor, locks.ARCHIVE)


def _slot(delivery: Delivery) -> list[object]:
    return [delivery.source, delivery.authority_code, delivery.name]


def tries(cursor: psycopg.Cursor, delivery: Delivery) -> list[LedgerEntry]:
    """Return what was tried for a delivery's place (source, authority, name, business date), oldest first."""
    cursor.execute(
        f"select {_ENTRY} from landing.deliveries where {_SLOT} and business_date = %s order by delivery_id",
        [*_slot(delivery), delivery.business_date],
    )
    return [LedgerEntry(*row) for row in cursor.fetchall()]


def accepted_from(cursor: psycopg.Cursor, delivery: Delivery) -> list[LedgerEntry]:
    """Return the accepted deliveries of the same source and authority after a business date, in its order."""
    cursor.execute(
        f"select {_ENTRY} from landing.deliveries where {_SLOT} and business_date > %s and status = 'accepted'"
        " order by business_date",
        [*_slot(delivery), delivery.business_date],
    )
    return [LedgerEntry(*row) for row in cursor.fetchall()]


def previous_accepted(cursor: psycopg.Cursor, delivery: Delivery, *, kind: str | None = None) -> LedgerEntry | None:
    """Return the nearest earlier accepted delivery by business date, of a kind where one is given."""
    cursor.execute(
        f"select {_ENTRY} from landing.deliveries where {_SLOT} and business_date < %s and status = 'accepted'"
        " and (%s::text is null or kind = %s) order by business_date desc limit 1",
        [*_slot(delivery), delivery.business_date, kind, kind],
    )
    row = cursor.fetchone()
    return LedgerEntry(*row) if row else None


def is_first_of_authority(cursor: psycopg.Cursor, delivery: Delivery) -> bool:
    """Tell whether nothing of a delivery's authority was ever let in, of any source."""
    cursor.execute(
        "select not exists (select from landing.deliveries where authority_code = %s and status <> 'refused')",
        [delivery.authority_code],
    )
    return bool(cursor.fetchall()[0][0])


def rows_of(cursor: psycopg.Cursor, delivery_id: int) -> dict[str, EntityAccount]:
    """Return the row accounts of a delivery by entity."""
    cursor.execute(
        "select entity, file_name, rows_in_file, rows_accepted, rows_new, rows_changed, rows_unchanged,"
        " rows_quarantined, rows_vanished, rows_erased from landing.delivery_entities where delivery_id = %s",
        [delivery_id],
    )
    return {row[0]: EntityAccount(*row) for row in cursor.fetchall()}


def entity_hashes(cursor: psycopg.Cursor, delivery_id: int, contract_sha256: str) -> dict[str, str]:
    """Return the SHA-256 of the files that a delivery's entities were read from, where that was under this contract."""
    cursor.execute(
        "select entity, sha256 from landing.entity_files where delivery_id = %s and contract_sha256 = %s",
        [delivery_id, contract_sha256],
    )
    return dict(cursor.fetchall())


def insert_accepted(
    cursor: psycopg.Cursor, current: Attempt, *, kind: str, accounts: Iterable[EntityAccount], fate: Fate = STANDS
) -> None:
    """Write the row of an accepted delivery and what became of it; its sums are those of its accounts."""
    listed = list(accounts)
    rows = sum(account.rows_in_file for account in listed)
    accepted = sum(account.rows_accepted for account in listed)
    apart = sum(account.rows_quarantined for account in listed)
    _insert(cursor, current, kind, fate.status, fate.reason, (rows, accepted, apart))


def insert_refused(cursor: psycopg.Cursor, current: Attempt, *, kind: str, reason: str, reason_code: str) -> None:
    """Write the row of a refused delivery, and under what it was refused; nothing of it was let in."""
    _insert(cursor, current, kind, "refused", reason, (0, 0, 0))
    cursor.execute(
        "insert into landing.refusals (delivery_id, contract_sha256, override_count, reason_code)"
        " values (%s, %s, %s, %s)",
        [current.delivery_id, current.contract_sha256, current.overrides, reason_code],
    )


def _insert(  # noqa: PLR0917  (the columns of one row)
    cursor: psycopg.Cursor, current: Attempt, kind: str, status: str, reason: str | None, rows: tuple[int, int, int]
) -> None:
    cursor.execute(
        "insert into landing.deliveries"
        " (delivery_id, source, authority_code, name, business_date, kind, status, reason,"
        " rows_in_files, rows_accepted, rows_quarantined, content_sha256, received_at, landed_at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            current.delivery_id,
            *_slot(current.delivery),
            current.delivery.business_date,
            kind,
            status,
            reason,
            *rows,
            current.content_sha256,
            current.received_at,
            current.landed_at,
        ],
    )


def supersede(cursor: psycopg.Cursor, delivery_id: int, by_id: int) -> None:
    """Mark an accepted delivery as replaced by another one for the same business date."""
    write_fate(cursor, delivery_id, superseded_by(by_id))


def write_fate(cursor: psycopg.Cursor, delivery_id: int, fate: Fate) -> None:
    """Say what became of an accepted delivery."""
    cursor.execute(
        "update landing.deliveries set status = %s, reason = %s where delivery_id = %s",
        [fate.status, fate.reason, delivery_id],
    )


def decided_contents(cursor: psycopg.Cursor, delivery: Delivery) -> dict[str, bool]:
    """Return the contents at a delivery's place that were ever withdrawn, and whether that was undone."""
    cursor.execute(
        "select distinct on (content_sha256) content_sha256, is_undone from landing.withdrawals"
        f" where {_SLOT} and business_date = %s order by content_sha256, withdrawal_id desc",
        [*_slot(delivery), delivery.business_date],
    )
    return dict(cursor.fetchall())


def withdrawn_contents(cursor: psycopg.Cursor, delivery: Delivery) -> dict[str, str]:
    """Return the contents that are withdrawn at a delivery's place, and why."""
    cursor.execute(
        "select distinct on (content_sha256) content_sha256, is_undone, decided_by, reason from landing.withdrawals"
        f" where {_SLOT} and business_date = %s order by content_sha256, withdrawal_id desc",
        [*_slot(delivery), delivery.business_date],
    )
    return {content: why(by, reason) for content, is_undone, by, reason in cursor.fetchall() if not is_undone}


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
    """Write the codes that the contract does not list, with the number of their rows."""
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
    """Write for entities whose file was not read again the unlisted codes of the full just before."""
    before = previous_accepted(cursor, delivery)
    if before is not None:
        cursor.execute(
            "insert into landing.unlisted_codes (delivery_id, entity, column_name, code, rows)"
            " select %s, entity, column_name, code, rows from landing.unlisted_codes"
            " where delivery_id = %s and entity = any(%s)",
            [delivery_id, before.delivery_id, list(entities)],
        )


def write_notices(cursor: psycopg.Cursor, delivery_id: int, notices: Sequence[str]) -> None:
    """Write what is worth knowing about a delivery."""
    if notices:
        cursor.executemany(
            "insert into landing.delivery_notices (delivery_id, notice_number, notice) values (%s, %s, %s)",
            [(delivery_id, number, notice) for number, notice in enumerate(notices, start=1)],
        )


def override_count(cursor: psycopg.Cursor, delivery: Delivery) -> int:
    """Return how many operators' decisions accept this delivery's loss of rows."""
    cursor.execute(
        "select count(*) from landing.overrides where source = %s and business_date = %s"
        " and (authority_code is null or authority_code = %s) and (name is null or name = %s)",
        [delivery.source, delivery.business_date, delivery.authority_code, delivery.name],
    )
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def write_look(cursor: psycopg.Cursor, delivery: Delivery, *, content_sha256: str, delivery_id: int) -> None:
    """Remember what these very files hold, so that the next run need not read them to know."""
    cursor.execute(
        "insert into landing.delivery_looks"
        " (source, authority_code, name, business_date, fingerprint, content_sha256, delivery_id)"
        " values (%s, %s, %s, %s, %s, %s, %s)"
        " on conflict (source, authority_code, name, business_date, fingerprint) do update"
        " set content_sha256 = excluded.content_sha256, delivery_id = excluded.delivery_id",
        [*_slot(delivery), delivery.business_date, delivery.fingerprint, content_sha256, delivery_id],
    )


def _copy(cursor: psycopg.Cursor, statement: str, rows: Iterable[Sequence[object]]) -> None:
    with cursor.copy(sql.SQL(statement)) as copy:
        for row in rows:
            copy.write_row(row)
