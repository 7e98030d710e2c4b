"""Landing: one delivery after the other, each in a transaction of its own, wholly or not at all."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from csc_warehouse.contracts import contract_digest, load_contracts
from csc_warehouse.contracts.door import Door
from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.errors import UsageError, printable
from csc_warehouse.landing.history import tables
from csc_warehouse.landing.judging.business_date import misdated
from csc_warehouse.landing.judging.earlier_attempts import MASS_LOSS, digest_of_loss, judged_before
from csc_warehouse.landing.lost_database import database_needed
from csc_warehouse.landing.merging.accepted import Accepted
from csc_warehouse.landing.merging.merge import Merge
from csc_warehouse.landing.progress import Progress
from csc_warehouse.landing.recording import ledger
from csc_warehouse.landing.recording.archive import Archive
from csc_warehouse.landing.recording.archiving import Archiving
from csc_warehouse.landing.recording.attempt import Attempt
from csc_warehouse.landing.recording.erased_ids import journal_record
from csc_warehouse.landing.recording.journal import Journal
from csc_warehouse.landing.recording.pseudonym_key import require_key
from csc_warehouse.landing.recording.refused_files import keep_refused
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.landing.unforeseen_errors import digest_of_this_version, is_of_the_delivery, unforeseen
from csc_warehouse.landing.verifying.delivery import Verifier
from csc_warehouse.sources import source_of
from csc_warehouse.sources.delivery import Delivery, Source, Untrusted
from csc_warehouse.warehouse import Warehouse


@dataclass
class LandingSummary:
    """What became of the deliveries that were given."""

    landed: list[int] = field(default_factory=list)
    """Ids of deliveries that were accepted by this call."""
    refused: list[str] = field(default_factory=list)
    """One sentence for each delivery that was refused by this call."""
    unchanged: list[str] = field(default_factory=list)
    """Labels of deliveries that were judged before and have not changed."""
    not_there_yet: list[str] = field(default_factory=list)
    """One sentence for each delivery whose files were not all there or changed while they were read."""
    notices: list[str] = field(default_factory=list)
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_new: int = 0
    rows_changed: int = 0
    rows_vanished: int = 0


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
    with database_needed():
        tables.sync(warehouse)
        require_key(warehouse)
        with warehouse.raw_connection() as connection:
            lander = Lander(warehouse, connection, door)
            for done, delivery in enumerate(ordered):
                if progress is not None:
                    progress(delivery.label, done, len(ordered))
                lander.land(delivery, summary)
    if progress is not None:
        progress("landed", len(ordered), len(ordered))
    return summary


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
        source = source_of(self._settings, contract)
        try:
            looked = source.look_again(delivery)
            try:
                with source.fetch(looked) as fetched:
                    self._land_alone(fetched, contract, source, summary)
            except Untrusted as finding:
                refusal = Refusal(finding.reason, remedy=finding.remedy, code="partial_replica")
                self._land_fetched(looked, contract, source, summary, unreadable=refusal)
        except NotThereYet as finding:
            summary.not_there_yet.append(printable(f"{delivery.label} is not there yet: {finding}."))
        except OSError as error:
            if not is_below(error, delivery.location):
                raise
            why = f"{Path(error.filename).name} cannot be read ({error.strerror})"
            summary.not_there_yet.append(printable(f"{delivery.label} is not there yet: {why}."))

    def _land_alone(
        self, delivery: Delivery, contract: SourceContract, source: Source, summary: LandingSummary
    ) -> None:
        """Land a delivery so that nothing in it can stop the landing of another."""
        try:
            self._land_fetched(delivery, contract, source, summary)
        except Exception as error:
            if not is_of_the_delivery(error):
                raise
            self._land_fetched(delivery, contract, source, summary, unreadable=unforeseen(delivery, error))

    def _land_fetched(
        self,
        delivery: Delivery,
        contract: SourceContract,
        source: Source,
        summary: LandingSummary,
        *,
        unreadable: Refusal | None = None,
    ) -> None:
        verifier = Verifier(delivery, contract, self._settings.config.landing)
        content = delivery.fingerprint
        if unreadable is None:
            try:
                content = verifier.content_sha256()
            except Refusal as found:
                unreadable = found
        limits = self._settings.config.landing
        with self._connection.transaction(), self._connection.cursor() as cursor:
            ledger.lock(cursor, delivery.source, delivery.authority_code)
            known = judged_before(cursor, delivery, content, contract, limits)
            if known is not None:
                ledger.write_look(cursor, delivery, content_sha256=content, delivery_id=known)
                summary.unchanged.append(delivery.label)
                return
            digest = contract_digest(contract)
            if unreadable is not None and unreadable.code == "unforeseen":
                digest = digest_of_this_version(digest)
            current = ledger.begin(cursor, delivery, content_sha256=content, contract_sha256=digest)
            try:
                refusal = misdated(delivery, limits) or unreadable
                if refusal is not None:
                    raise refusal
                with self._connection.transaction():
                    result = self._accept(cursor, current, contract, source, verifier)
            except Refusal as refusal:
                if refusal.code == MASS_LOSS:
                    loss = digest_of_loss(cursor, delivery, contract)
                    current = dataclasses.replace(current, contract_sha256=loss)
                self._refuse(cursor, current, verifier.kind, refusal, summary)
            else:
                summary.landed.append(current.delivery_id)
                summary.notices.extend(f"{delivery.label}: {notice}" for notice in result.notices)
                add_up(summary, result.accounts)
            ledger.write_look(cursor, delivery, content_sha256=content, delivery_id=current.delivery_id)

    def _accept(
        self,
        cursor: psycopg.Cursor,
        current: Attempt,
        contract: SourceContract,
        source: Source,
        verifier: Verifier,
    ) -> Accepted:
        merging = Merge(cursor, self._settings, contract, self._archive)
        # compressing takes the processor while this waits for the database, and the disk while files are judged
        with Archiving(self._archive) as archiving:
            result = merging.accept(
                current, verifier, self._door, once_read=lambda verified: archiving.begin(verified.arrived)
            )
            merging.replay_later(current, result)
            archiving.keep()
        if source.look_again(current.delivery).fingerprint != current.delivery.fingerprint:
            raise NotThereYet("its files changed while they were read")
        # archive and journal come before the ledger's commit: whatever the ledger has can then be rebuilt
        for erased in merging.derived:
            self._journal.append(journal_record(erased.erasure_id, erased.authority_code, [erased]))
        self._journal.append(current.landed_record(result.kind, result.verified.arrived, result.notices))
        return result

    def _refuse(
        self,
        cursor: psycopg.Cursor,
        current: Attempt,
        kind: str,
        refusal: Refusal,
        summary: LandingSummary,
    ) -> None:
        sentence = refusal.sentence(current.delivery)
        ledger.insert_refused(cursor, current, kind=kind, reason=sentence, reason_code=refusal.code)
        kept = [keep_refused(self._archive, file) for file in current.delivery.files]
        self._journal.append(current.refused_record(kind, sentence, refusal.code, [file for file in kept if file]))
        summary.refused.append(sentence)


def is_below(error: OSError, folder: str) -> bool:
    """Tell whether an error of the operating system is about a file of this folder."""
    return isinstance(error.filename, str) and bool(folder) and Path(error.filename).is_relative_to(folder)


def add_up(summary: LandingSummary, accounts: Sequence[ledger.EntityAccount]) -> None:
    """Add a delivery's row accounts to a summary."""
    summary.rows_accepted += sum(account.rows_accepted for account in accounts)
    summary.rows_quarantined += sum(account.rows_quarantined for account in accounts)
    summary.rows_new += sum(account.rows_new for account in accounts)
    summary.rows_changed += sum(account.rows_changed for account in accounts)
    summary.rows_vanished += sum(account.rows_vanished for account in accounts)
