"""Landing: one delivery after the other, each in one transaction: all of it, or nothing."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import psycopg

from csc_warehouse.contracts import contract_digest, load_contracts
from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.errors import UsageError, WarehouseUnavailableError
from csc_warehouse.landing import guards, ledger, merge, schema
from csc_warehouse.landing.archive import Archive
from csc_warehouse.landing.journal import Journal
from csc_warehouse.landing.measures import Door
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.landing.verify import Verifier
from csc_warehouse.sources.delivery import Delivery, Source
from csc_warehouse.sources.folder import FolderSource, look_again
from csc_warehouse.warehouse import Warehouse

LOGGER = logging.getLogger(__name__)
Progress = Callable[[str, int, int], None]
"""Called with what is being landed, how many deliveries are done, and of how many."""


@dataclass
class LandingSummary:
    """What became of the deliveries that were given."""

    landed: list[int] = field(default_factory=list)
    """Ids of deliveries that were accepted now."""
    refused: list[str] = field(default_factory=list)
    """One sentence per delivery that was refused now."""
    unchanged: list[str] = field(default_factory=list)
    """Deliveries that were judged before and have not changed."""
    not_there_yet: list[str] = field(default_factory=list)
    """Deliveries whose files changed while they were read."""
    notices: list[str] = field(default_factory=list)
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_new: int = 0
    rows_changed: int = 0
    rows_vanished: int = 0


def source_of(warehouse_settings: object, contract: SourceContract) -> Source:
    """Return the way in of a source."""
    from csc_warehouse.settings import Settings

    if not isinstance(warehouse_settings, Settings):
        raise UsageError("A source is looked for with settings.")
    return FolderSource(warehouse_settings.exports, contract, home_authority=warehouse_settings.config.home_authority)


def land(
    warehouse: Warehouse,
    deliveries: Iterable[Delivery],
    *,
    door: Door | None = None,
    progress: Progress | None = None,
) -> LandingSummary:
    """Land deliveries in business-date order, each in a transaction of its own.

    A refused delivery is a line of the summary, never an exception. Raises WarehouseUnavailableError where the
    database is lost (worth retrying), CscWarehouseError where the disk is full; what was landed before stays landed.
    """
    ordered = sorted(deliveries, key=lambda d: (d.business_date, d.source, d.authority_code, d.name))
    summary = LandingSummary()
    if not ordered:
        return summary
    schema.sync(warehouse)
    try:
        with warehouse.raw_connection() as connection:
            lander = Lander(warehouse, connection, door)
            for done, delivery in enumerate(ordered):
                if progress is not None:
                    progress(delivery.label, done, len(ordered))
                lander.land(delivery, summary)
    except psycopg.OperationalError as error:
        raise unavailable(error) from error
    if progress is not None:
        progress("", len(ordered), len(ordered))
    return summary


def unavailable(error: psycopg.OperationalError) -> WarehouseUnavailableError:
    """Return the one sentence for a lost database; a full disk of the server is said as such."""
    words = str(error).strip().splitlines()
    if isinstance(error, psycopg.errors.DiskFull):
        cause = "the database server has no space left"
        remedy = "Free some and run the command again"
    else:
        cause = f"the connection to the database was lost ({words[0] if words else 'no reason given'})"
        remedy = "Run the command again once it is back"
    return WarehouseUnavailableError(f"Landing stopped: {cause}. {remedy}; the delivery at hand was not half landed.")


class Lander:
    """Lands deliveries over one connection."""

    def __init__(self, warehouse: Warehouse, connection: psycopg.Connection, door: Door | None) -> None:
        """Take an open warehouse, a connection of its own, and the door to ask."""
        self._settings = warehouse.settings
        self._connection = connection
        self._door = door
        self._contracts = load_contracts(warehouse.settings.config.sources)
        self._archive = Archive(warehouse.settings.archive)
        self._journal = Journal(warehouse.settings.archive)

    def land(self, delivery: Delivery, summary: LandingSummary) -> None:
        """Land one delivery and add what became of it to the summary."""
        contract = self._contracts.get(delivery.source)
        if contract is None:
            raise UsageError(f"The source {delivery.source} is not in use: add it to `sources` in the configuration.")
        delivery = look_again(delivery)
        try:
            with source_of(self._settings, contract).fetch(delivery) as fetched:
                self._land_fetched(fetched, contract, summary)
        except NotThereYet as finding:
            summary.not_there_yet.append(f"{delivery.label} is not there yet: {finding}.")

    def _land_fetched(self, delivery: Delivery, contract: SourceContract, summary: LandingSummary) -> None:
        verifier = Verifier(delivery, contract, self._settings.config.landing)
        refusal: Refusal | None = None
        try:
            content = verifier.content_sha256()
        except Refusal as found:
            refusal, content = found, delivery.fingerprint
        with self._connection.transaction(), self._connection.cursor() as cursor:
            ledger.lock(cursor, delivery.source, delivery.authority_code)
            digest = contract_digest(contract)
            known = judged_before(cursor, delivery, content, digest)
            if known is not None:
                overrides = ledger.override_count(cursor, delivery)
                ledger.write_look(
                    cursor, delivery, contract=digest, content_sha256=content, delivery_id=known, overrides=overrides
                )
                summary.unchanged.append(delivery.label)
                return
            received_at = received(delivery)
            delivery_id = ledger.next_id(cursor)
            try:
                if refusal is not None:
                    raise refusal
                with self._connection.transaction():
                    landing = merge.Merge(cursor, self._settings, contract, self._archive)
                    result = landing.accept(delivery, verifier, delivery_id, self._door)
                    if look_again(delivery).fingerprint != delivery.fingerprint:
                        raise NotThereYet("its files changed while they were read")
                    landed_at = transaction_time(cursor)
                    ledger.insert_delivery(
                        cursor,
                        delivery,
                        delivery_id=delivery_id,
                        kind=result.kind,
                        status="accepted",
                        reason=None,
                        content_sha256=content,
                        received_at=received_at,
                        landed_at=landed_at,
                        accounts=result.accounts,
                    )
                    merge.write_ledger(cursor, delivery, delivery_id, result)
            except Refusal as found:
                self._refuse(cursor, delivery, delivery_id, found, content, received_at, summary)
            else:
                for file in result.verified.arrived:
                    self._archive.store(file.path, file.sha256)
                self._journal.append(landed_record(delivery, delivery_id, result, content, received_at, landed_at))
                summary.landed.append(delivery_id)
                summary.notices.extend(f"{delivery.label}: {notice}" for notice in result.notices)
                add_up(summary, result.accounts)
            overrides = ledger.override_count(cursor, delivery)
            ledger.write_look(
                cursor, delivery, contract=digest, content_sha256=content, delivery_id=delivery_id, overrides=overrides
            )

    def _refuse(
        self,
        cursor: psycopg.Cursor,
        delivery: Delivery,
        delivery_id: int,
        refusal: Refusal,
        content: str,
        received_at: datetime.datetime,
        summary: LandingSummary,
    ) -> None:
        sentence = refusal.sentence(delivery)
        landed_at = transaction_time(cursor)
        ledger.insert_delivery(
            cursor,
            delivery,
            delivery_id=delivery_id,
            kind="unknown",
            status="refused",
            reason=sentence,
            content_sha256=content,
            received_at=received_at,
            landed_at=landed_at,
        )
        for file in delivery.files:
            guards.keep_refused(self._archive, file)
        self._journal.append(refused_record(delivery, delivery_id, sentence, content, received_at, landed_at))
        summary.refused.append(sentence)
        LOGGER.warning("%s", sentence)


def judged_before(cursor: psycopg.Cursor, delivery: Delivery, content: str, contract: str) -> int | None:
    """Return the id of the delivery that was landed or refused with this very content, or None where it is to be tried.

    A refused one is tried again once its contract has changed or an operator has accepted its loss.
    """
    for entry in ledger.tries(cursor, delivery):
        if entry.content_sha256 != content:
            continue
        if entry.status == "accepted":
            return entry.delivery_id
        if entry.status == "refused" and _still_refused(cursor, delivery, entry.delivery_id, contract):
            return entry.delivery_id
    return None


def _still_refused(cursor: psycopg.Cursor, delivery: Delivery, delivery_id: int, contract: str) -> bool:
    cursor.execute(
        "select contract_sha256, override_count from landing.delivery_looks where delivery_id = %s limit 1",
        [delivery_id],
    )
    row = cursor.fetchone()
    # after a rebuild no look is left; the refusal stands then until something changes
    return row is None or (row[0] == contract and row[1] == ledger.override_count(cursor, delivery))


def received(delivery: Delivery) -> datetime.datetime:
    """Return when the last file of a delivery was written, UTC."""
    latest = max((file.modified_ns for file in delivery.files), default=0)
    return datetime.datetime.fromtimestamp(latest / 1e9, tz=datetime.UTC)


def transaction_time(cursor: psycopg.Cursor) -> datetime.datetime:
    """Return the database's own time of the transaction: a technical stamp."""
    cursor.execute("select now()")
    row = cursor.fetchone()
    if row is None:
        raise WarehouseUnavailableError("The database gave no time; run the command again.")
    stamp: datetime.datetime = row[0]
    return stamp


def landed_record(
    delivery: Delivery,
    delivery_id: int,
    result: merge.Accepted,
    content: str,
    received_at: datetime.datetime,
    landed_at: datetime.datetime,
) -> dict[str, object]:
    """Return the journal's line for an accepted delivery: enough to land it again from the archive."""
    return {
        "event": "landed",
        **_record(delivery, delivery_id, content, received_at, landed_at),
        "kind": result.kind,
        "files": [[file.name, file.sha256, file.size] for file in result.verified.arrived],
    }


def refused_record(
    delivery: Delivery,
    delivery_id: int,
    sentence: str,
    content: str,
    received_at: datetime.datetime,
    landed_at: datetime.datetime,
) -> dict[str, object]:
    """Return the journal's line for a refused delivery."""
    return {
        "event": "refused",
        **_record(delivery, delivery_id, content, received_at, landed_at),
        "reason": sentence,
    }


def _record(
    delivery: Delivery, delivery_id: int, content: str, received_at: datetime.datetime, landed_at: datetime.datetime
) -> dict[str, object]:
    return {
        "delivery_id": delivery_id,
        "source": delivery.source,
        "authority_code": delivery.authority_code,
        "name": delivery.name,
        "business_date": delivery.business_date.isoformat(),
        "content_sha256": content,
        "received_at": received_at.isoformat(),
        "landed_at": landed_at.isoformat(),
    }


def add_up(summary: LandingSummary, accounts: Sequence[ledger.EntityAccount]) -> None:
    """Add a delivery's row accounts to a summary."""
    summary.rows_accepted += sum(account.rows_accepted for account in accounts)
    summary.rows_quarantined += sum(account.rows_quarantined for account in accounts)
    summary.rows_new += sum(account.rows_new for account in accounts)
    summary.rows_changed += sum(account.rows_changed for account in accounts)
    summary.rows_vanished += sum(account.rows_vanished for account in accounts)
