"""Landing made again from the archive and its journal alone, with the same row history, row for row."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from csc_warehouse.contracts import load_contracts
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.landing.history import tables
from csc_warehouse.landing.keeping import newer_database, rectification
from csc_warehouse.landing.keeping.accepted_losses import insert_override
from csc_warehouse.landing.keeping.erased_in_built import remove_erased
from csc_warehouse.landing.keeping.erasure import insert_erasure
from csc_warehouse.landing.keeping.retention_proofs import restore_snapshot, snapshots, write_proofs
from csc_warehouse.landing.keeping.withdrawal import insert_withdrawal
from csc_warehouse.landing.lost_database import database_needed, one_transaction
from csc_warehouse.landing.merging.merge import Merge
from csc_warehouse.landing.progress import Progress
from csc_warehouse.landing.recording import ledger
from csc_warehouse.landing.recording.archive import Archive
from csc_warehouse.landing.recording.archived_delivery import fetched_from_archive
from csc_warehouse.landing.recording.attempt import Attempt
from csc_warehouse.landing.recording.delivery_status import (
    STANDS,
    DeliveryStatus,
    decisions_in_force,
    place_of,
    statuses,
    withdrawn_contents,
)
from csc_warehouse.landing.recording.journal import Journal
from csc_warehouse.landing.recording.pseudonym_key import require_key
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.delivery import Verifier
from csc_warehouse.warehouse import Warehouse

LEDGER_TABLES = (
    "delivery_looks",
    "delivery_measures",
    "delivery_notices",
    "delivery_entities",
    "entity_files",
    "arrived_files",
    "unlisted_codes",
    "quarantine",
    "refusals",
    "overrides",
    "withdrawals",
    "rectifications",
    "deliveries",
)


@dataclass(frozen=True)
class RebuildSummary:
    """What was landed again."""

    deliveries: int
    refused: int
    overrides: int
    withdrawals: int = 0
    removed: int = 0
    """Rows of erased children that had come back in what was built, stored releases included."""

    def __str__(self) -> str:
        """Return it as a sentence."""
        said = (
            f"Landing was made again from the archive: {self.deliveries} deliveries, {self.refused} refusals, "
            f"{self.overrides} overrides and {self.withdrawals} withdrawals."
        )
        gone = " rows of erased children were removed from what was built and from stored releases."
        return f"{said} {self.removed}{gone}" if self.removed else said


def rebuild(
    warehouse: Warehouse, *, progress: Progress | None = None, leave_out_unarchived: bool = False
) -> RebuildSummary:
    """Empty landing and fill it again from archive and journal, in one transaction; ids and stamps are those of before.

    What was built of erased children, stored releases included, goes in the same transaction: a database that went back
    to an earlier moment has it again, and an older release can be shown again. Decisions that only the database knows,
    as where the archive was taken from a backup, are in the journal afterwards.

    Raises CscWarehouseError where the journal is empty, an object of the archive is missing or damaged, or the ledger
    has deliveries that the journal lacks (unless they are to be left out); row history has not changed then.
    """
    journal = Journal(warehouse.settings.archive)
    if not journal.read():
        raise CscWarehouseError(
            f"The archive {warehouse.settings.archive} has no journal: there is nothing to rebuild from. "
            "Restore it from a backup first."
        )
    with database_needed():
        tables.sync(warehouse)
        require_key(warehouse)
        with one_transaction(warehouse) as cursor:
            ledger.share_archive(cursor)
            if not leave_out_unarchived:
                newer_database.require_archived(cursor, journal.read())
            newer_database.keep_decisions(cursor, warehouse.settings, journal.read())
            records = journal.read()
            restore_erasures(cursor, records)
            removed = remove_erased(cursor, warehouse.settings, load_contracts(warehouse.settings.config.sources))
            _empty(cursor, warehouse)
            summary = Rebuilder(warehouse, cursor, progress).run(records)
            return dataclasses.replace(summary, removed=sum(removed.values()))


def restore_erasures(cursor: psycopg.Cursor, records: list[dict[str, Any]]) -> None:
    """Write the erasures of a journal; every one comes before every delivery, whenever it was decided."""
    for record in records:
        if record["event"] == "erasure":
            insert_erasure(cursor, record)


def _empty(cursor: psycopg.Cursor, warehouse: Warehouse) -> None:
    emptied = list(LEDGER_TABLES)
    for contract in load_contracts(warehouse.settings.config.sources).values():
        emptied += [tables.table_name(contract.source, entity) for entity in contract.entities]
    names = sql.SQL(", ").join(sql.SQL("landing.{}").format(sql.Identifier(name)) for name in emptied)
    cursor.execute(sql.SQL("truncate {}").format(names))


@dataclass(frozen=True)
class JournalledLanding:
    """One delivery that a journal says was accepted."""

    record: dict[str, Any]

    @property
    def delivery_id(self) -> int:
        """Return its number."""
        return int(self.record["delivery_id"])

    @property
    def content_sha256(self) -> str:
        """Return the identity of its content."""
        return str(self.record["content_sha256"])


def final_landings(records: list[dict[str, Any]]) -> list[tuple[dict[str, Any], DeliveryStatus]]:
    """Return the accepted deliveries of a journal by business date, each with what became of it.

    A line that is repeated was written by a run that was killed before its ledger: the last one counts.
    """
    withdrawn = withdrawn_contents(decisions_in_force(records))
    places: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for record in records:
        if record["event"] != "landed":
            continue
        tries = places.setdefault((record["business_date"], *place_of(record)), [])
        if tries and tries[-1]["content_sha256"] == record["content_sha256"]:
            tries.pop()
        tries.append(record)
    landings: list[tuple[dict[str, Any], DeliveryStatus]] = []
    for (_, *place), tries in sorted(places.items(), key=lambda item: item[0]):
        landed = [JournalledLanding(record) for record in tries]
        found = zip(tries, statuses(landed, withdrawn.get(tuple(place), {})), strict=True)
        # each is compared with what stood before its day, so the one that stands must come last
        landings += sorted(found, key=lambda pair: pair[1] == STANDS)
    return landings


class Rebuilder:
    """Fills landing from the lines of a journal, within one transaction."""

    def __init__(self, warehouse: Warehouse, cursor: psycopg.Cursor, progress: Progress | None) -> None:
        """Take the warehouse and the transaction's cursor."""
        self._settings = warehouse.settings
        self._cursor = cursor
        self._progress = progress
        self._archive = Archive(warehouse.settings.archive)
        self._contracts = load_contracts(warehouse.settings.config.sources)

    def run(self, records: list[dict[str, Any]]) -> RebuildSummary:
        """Write overrides and refusals as they stand in the journal, then land by business date."""
        overrides = [record for record in records if record["event"] == "override"]
        withdrawals = decisions_in_force(records)
        refused = [record for record in records if record["event"] == "refused"]
        landings = [pair for pair in final_landings(records) if pair[0]["source"] in self._contracts]
        for record in overrides:
            insert_override(self._cursor, record)
        restore_erasures(self._cursor, records)
        rectification.restore(self._cursor, self._settings.archive, records)
        for record in refused:
            attempt = Attempt.from_record(record)
            ledger.insert_refused(
                self._cursor,
                attempt,
                kind=record["kind"],
                reason=record["reason"],
                reason_code=record.get("reason_code", ""),
            )
        write_proofs(self._cursor, records)
        expired = snapshots(records)
        for record in withdrawals:
            insert_withdrawal(self._cursor, record)
        for done, (record, status) in enumerate(landings):
            if self._progress is not None:
                self._progress(f"{record['source']} {record['business_date']}", done, len(landings))
            if status != STANDS and record["delivery_id"] in expired:
                # replaced or withdrawn, and retention removed its files: no row of the history comes from it
                restore_snapshot(self._cursor, expired[record["delivery_id"]])
                ledger.write_status(self._cursor, record["delivery_id"], status)
            else:
                self._land(record, status)
        self._cursor.execute(
            "select setval(pg_get_serial_sequence('landing.deliveries', 'delivery_id'), greatest(1, max(delivery_id)))"
            " from landing.deliveries"
        )
        return RebuildSummary(len(landings), len(refused), len(overrides), len(withdrawals))

    def _land(self, record: dict[str, Any], status: DeliveryStatus) -> None:
        contract = self._contracts[record["source"]]
        known = Attempt.from_record(record)
        files = [(name, sha256) for name, sha256, _ in record["files"]]
        with fetched_from_archive(self._archive, self._settings.spool, known.delivery, files) as delivery:
            attempt = dataclasses.replace(known, delivery=delivery)
            merging = Merge(self._cursor, self._settings, contract, self._archive)
            verifier = Verifier(delivery, contract, self._settings.config.landing)
            try:
                merging.land_again(attempt, verifier, record["notices"], status=status)
            except Refusal as refusal:
                # it was accepted under an earlier contract, and this one cannot read it
                raise CscWarehouseError(
                    f"{refusal.sentence(delivery)} The contract of {record['source']} has changed since it was "
                    "accepted: make it read that delivery again, or the history cannot be rebuilt."
                ) from refusal
