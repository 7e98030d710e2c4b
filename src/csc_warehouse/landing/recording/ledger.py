"""The ledger of deliveries: each attempt, and what became of it. What hangs on one is in delivery_details."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

import psycopg

from csc_warehouse.landing.recording.attempt import Attempt
from csc_warehouse.landing.recording.delivery_status import STANDS, DeliveryStatus, superseded_by, withdrawal_reason
from csc_warehouse.sources.delivery import Delivery
from csc_warehouse.warehouse import locks


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
    """Wait until nobody removes files from the archive; nobody does to the end of the transaction."""
    locks.share(cursor, locks.ARCHIVE)


def hold_archive(cursor: psycopg.Cursor) -> bool:
    """Hold the archive alone to the end of the transaction; False where somebody works with it."""
    return locks.try_to_take(cursor, locks.ARCHIVE)


def _slot(delivery: Delivery) -> list[object]:
    return [delivery.source, delivery.authority_code, delivery.name]


def attempts(cursor: psycopg.Cursor, delivery: Delivery) -> list[LedgerEntry]:
    """Return all attempts at a delivery's place (source, authority, name, business date), oldest first."""
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


def accepted_between(cursor: psycopg.Cursor, delivery: Delivery, day: datetime.date) -> list[int]:
    """Return the accepted deliveries of the same source and authority after a day and before a delivery's own."""
    cursor.execute(
        f"select delivery_id from landing.deliveries where {_SLOT} and business_date > %s and business_date < %s"
        " and status = 'accepted' order by business_date",
        [*_slot(delivery), day, delivery.business_date],
    )
    return [row[0] for row in cursor.fetchall()]


def begin(cursor: psycopg.Cursor, delivery: Delivery, *, content_sha256: str, contract_sha256: str) -> Attempt:
    """Start an attempt within a transaction: a new id, and the database's own time as a technical stamp."""
    cursor.execute("select nextval(pg_get_serial_sequence('landing.deliveries', 'delivery_id')), now()")
    delivery_id, landed_at = cursor.fetchall()[0]
    latest = max((file.modified_ns for file in delivery.files), default=0)
    written_at = datetime.datetime.fromtimestamp(latest / 1e9, tz=datetime.UTC) if latest else landed_at
    return Attempt(
        delivery=delivery,
        delivery_id=delivery_id,
        content_sha256=content_sha256,
        contract_sha256=contract_sha256,
        # a file's own time may be anything; nothing is received after it was judged
        received_at=min(delivery.received_at or written_at, landed_at),
        landed_at=landed_at,
        overrides=override_count(cursor, delivery),
    )


def is_first_of_authority(cursor: psycopg.Cursor, delivery: Delivery) -> bool:
    """Tell whether no delivery of the authority, from any source, was ever accepted."""
    cursor.execute(
        "select not exists (select from landing.deliveries where authority_code = %s and status <> 'refused')",
        [delivery.authority_code],
    )
    return bool(cursor.fetchall()[0][0])


def first_dates(cursor: psycopg.Cursor, delivery: Delivery) -> dict[str, datetime.date]:
    """Return the earliest business date accepted of the delivery's authority, by source."""
    cursor.execute(
        "select source, min(business_date) from landing.deliveries where authority_code = %s and status = 'accepted'"
        " group by source",
        [delivery.authority_code],
    )
    return dict(cursor.fetchall())


def insert_accepted(
    cursor: psycopg.Cursor,
    current: Attempt,
    *,
    kind: str,
    accounts: Iterable[EntityAccount],
    status: DeliveryStatus = STANDS,
) -> None:
    """Write the row of an accepted delivery and what became of it; its sums are those of its row accounts."""
    listed = list(accounts)
    rows = sum(account.rows_in_file for account in listed)
    accepted = sum(account.rows_accepted for account in listed)
    apart = sum(account.rows_quarantined for account in listed)
    _insert(cursor, current, kind, status.status, status.reason, (rows, accepted, apart))


def insert_refused(cursor: psycopg.Cursor, current: Attempt, *, kind: str, reason: str, reason_code: str) -> None:
    """Write the row of a refused delivery, and the contract and decisions under which it was refused."""
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
    write_status(cursor, delivery_id, superseded_by(by_id))


def write_status(cursor: psycopg.Cursor, delivery_id: int, status: DeliveryStatus) -> None:
    """Write what became of an accepted delivery."""
    cursor.execute(
        "update landing.deliveries set status = %s, reason = %s where delivery_id = %s",
        [status.status, status.reason, delivery_id],
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
    return {
        content: withdrawal_reason(by, reason) for content, is_undone, by, reason in cursor.fetchall() if not is_undone
    }


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
    """Remember the content of these very files, so that the next run need not read them to know it."""
    cursor.execute(
        "insert into landing.delivery_looks"
        " (source, authority_code, name, business_date, fingerprint, content_sha256, delivery_id)"
        " values (%s, %s, %s, %s, %s, %s, %s)"
        " on conflict (source, authority_code, name, business_date, fingerprint) do update"
        " set content_sha256 = excluded.content_sha256, delivery_id = excluded.delivery_id",
        [*_slot(delivery), delivery.business_date, delivery.fingerprint, content_sha256, delivery_id],
    )


def no_delivery(cursor: psycopg.Cursor, delivery_id: int) -> str:
    """Return the sentence about a number that no delivery has: which numbers there are, and where to look."""
    cursor.execute("select min(delivery_id), max(delivery_id) from landing.deliveries")
    first, last = cursor.fetchone() or (None, None)
    if last is None:
        return f"There is no delivery {delivery_id}: nothing has landed yet. csc-warehouse land lands what waits."
    return (
        f"There is no delivery {delivery_id}: they are numbered from {first} to {last}. csc-warehouse delivery, without"
        " a number, lists the newest."
    )
