"""Landing made again from the archive and its journal alone: the same row history, row for row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from csc_warehouse.contracts import load_contracts
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.landing.history import tables
from csc_warehouse.landing.keeping.accepted_losses import insert_override
from csc_warehouse.landing.keeping.erasure import insert_erasure
from csc_warehouse.landing.keeping.retention_proofs import restore_snapshot, snapshots, write_proofs
from csc_warehouse.landing.keeping.withdrawal import insert_withdrawal
from csc_warehouse.landing.lander import LOST, Progress, unavailable
from csc_warehouse.landing.merging import merge
from csc_warehouse.landing.recording import ledger
from csc_warehouse.landing.recording.archive import Archive
from csc_warehouse.landing.recording.attempt import Attempt
from csc_warehouse.landing.recording.delivery_status import (
    STANDS,
    Fate,
    decisions_in_force,
    fates,
    place_of,
    withdrawn_contents,
)
from csc_warehouse.landing.recording.journal import Journal
from csc_warehouse.landing.recording.pseudonym_key import require_key
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.delivery_files import Verifier
from csc_warehouse.sources.delivery import DeliveredFile, Delivery
from csc_warehouse.warehouse import Warehouse, home

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
    "deliveries",
)


@dataclass(frozen=True)
class RebuildSummary:
    """What was made again."""

    deliveries: int
    refused: int
    overrides: int
    withdrawals: int = 0

    def __str__(self) -> str:
        """Return it as a sentence."""
        return (
            f"Landing was made again from the archive: {self.deliveries} deliveries, {self.refused} refusals, "
            f"{self.overrides} overrides and {self.withdrawals} withdrawals."
        )


def rebuild(warehouse: Warehouse, *, progress: Progress | None = None) -> RebuildSummary:
    """Empty landing and fill it again from archive and journal, in one transaction; ids and stamps are those of before.

    Raises CscWarehouseError where the journal is empty or an object of the archive is missing or damaged; nothing has
    changed then.
    """
    journal = Journal(warehouse.settings.archive)
    if not journal.read():
        raise CscWarehouseError(
            f"The archive {warehouse.settings.archive} has no journal: there is nothing to rebuild from. "
            "Restore it from a backup first."
        )
    try:
        tables.sync(warehouse)
        require_key(warehouse)
        with warehouse.raw_connection() as connection, connection.transaction(), connection.cursor() as cursor:
            ledger.share_archive(cursor)
            records = journal.read()
            _empty(cursor, warehouse)
            return Rebuilder(warehouse, cursor, progress).run(records)
    except LOST as error:
        raise unavailable(error) from error


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


def final_landings(records: list[dict[str, Any]]) -> list[tuple[dict[str, Any], Fate]]:
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
    landings: list[tuple[dict[str, Any], Fate]] = []
    for (_, *place), tries in sorted(places.items(), key=lambda item: item[0]):
        landed = [JournalledLanding(record) for record in tries]
        found = zip(tries, fates(landed, withdrawn.get(tuple(place), {})), strict=True)
        # each was compared with what stood before its day: the one that stands comes last
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
        # every erasure comes before every delivery, whenever it was decided
        for record in records:
            if record["event"] == "erasure":
                insert_erasure(self._cursor, record)
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
        for done, (record, fate) in enumerate(landings):
            if self._progress is not None:
                self._progress(f"{record['source']} {record['business_date']}", done, len(landings))
            if fate != STANDS and record["delivery_id"] in expired:
                # replaced or withdrawn long ago, and its files are gone: nothing of the history comes from it
                restore_snapshot(self._cursor, expired[record["delivery_id"]])
                ledger.write_fate(self._cursor, record["delivery_id"], fate)
            else:
                self._land(record, fate)
        self._cursor.execute(
            "select setval(pg_get_serial_sequence('landing.deliveries', 'delivery_id'), greatest(1, max(delivery_id)))"
            " from landing.deliveries"
        )
        return RebuildSummary(len(landings), len(refused), len(overrides), len(withdrawals))

    def _land(self, record: dict[str, Any], fate: Fate) -> None:
        contract = self._contracts[record["source"]]
        with self._fetched(record) as attempt:
            merging = merge.Merge(self._cursor, self._settings, contract, self._archive)
            verifier = Verifier(attempt.delivery, contract, self._settings.config.landing)
            try:
                merging.land_again(attempt, verifier, record["notices"], fate=fate)
            except Refusal as refusal:
                # it was accepted under an earlier contract; what it said then cannot be read under this one
                raise CscWarehouseError(
                    f"{refusal.sentence(attempt.delivery)} The contract of {record['source']} has changed since it was "
                    "accepted: make it read that delivery again, or the history cannot be rebuilt."
                ) from refusal

    @contextmanager
    def _fetched(self, record: dict[str, Any]) -> Iterator[Attempt]:
        with home.scratch(self._settings.spool) as folder:
            attempt = Attempt.from_record(record)
            files = []
            for name, sha256, _ in record["files"]:
                path = folder / Path(name).name
                self._archive.restore(sha256, path)
                files.append(DeliveredFile(path.name, str(path), path.stat().st_size, 0))
            known = attempt.delivery
            delivery = Delivery(
                known.source, known.authority_code, known.name, known.business_date, str(folder), tuple(files)
            )
            yield Attempt(
                delivery,
                attempt.delivery_id,
                attempt.content_sha256,
                attempt.contract_sha256,
                attempt.received_at,
                attempt.landed_at,
                attempt.overrides,
            )
