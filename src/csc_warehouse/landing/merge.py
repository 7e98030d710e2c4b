"""From a verified delivery to row history: read, guard, ask the door, merge; and replay what came after it."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.landing import guards, history, ledger
from csc_warehouse.landing.archive import Archive
from csc_warehouse.landing.loaded import LoadedEntity, read_entity
from csc_warehouse.landing.measures import DeliveryProfile, Door, Measure, profile_frame
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.rows import RowRules
from csc_warehouse.landing.schema import table_name
from csc_warehouse.landing.verify import Verified, Verifier
from csc_warehouse.settings import Settings
from csc_warehouse.sources.delivery import DeliveredFile, Delivery

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass
class Accepted:
    """A delivery that was merged, for the ledger."""

    kind: str
    verified: Verified
    loaded: list[LoadedEntity]
    accounts: list[ledger.EntityAccount]
    measures: list[Measure]
    notices: list[str]
    superseded: list[int] = field(default_factory=list)


class Merge:
    """Merges one delivery within the transaction that its cursor is in."""

    def __init__(self, cursor: psycopg.Cursor, settings: Settings, contract: SourceContract, archive: Archive) -> None:
        """Take the transaction's cursor, and where the archive is to replay from."""
        self._cursor = cursor
        self._settings = settings
        self._limits = settings.config.landing
        self._contract = contract
        self._archive = archive

    def accept(self, delivery: Delivery, verifier: Verifier, delivery_id: int, door: Door | None) -> Accepted:
        """Merge a delivery, however late, and replay the accepted ones of later business dates on top of it.

        Raises Refusal, after which the caller rolls back to where it began.
        """
        verified = verifier.verify()
        loaded = self._read(delivery, verified)
        guards.require_readable(loaded, self._limits)
        replaced = [entry for entry in ledger.tries(self._cursor, delivery) if entry.status == "accepted"]
        later = self._step_back(delivery, verified.kind, replaced)
        changes = self._compare(delivery, verified.kind, loaded, is_guarded=True)
        accounts = self._accounts(loaded, changes)
        measures = self._measures(delivery, verified.kind, loaded, changes, accounts)
        if door is not None:
            self._ask_door(delivery, verified.kind, delivery_id, measures, door)
        for entry in replaced:
            ledger.supersede(self._cursor, entry.delivery_id, delivery_id)
        self._apply(delivery, delivery_id, loaded, changes)
        for entry in later:
            self.replay(delivery, entry)
        notices = [*verified.notices, *(notice for entity in loaded for notice in entity.notices)]
        notices += self._timing_notices(delivery, verified.kind, len(later))
        superseded = [entry.delivery_id for entry in replaced]
        return Accepted(verified.kind, verified, loaded, accounts, measures, notices, superseded)

    def replay(self, delivery: Delivery, entry: ledger.LedgerEntry) -> None:
        """Merge an accepted delivery again from the archive, on top of a history that has changed below it."""
        with restored(self._cursor, self._archive, delivery, entry) as again:
            verified = Verifier(again, self._contract, self._limits).verify()
            loaded = self._read(again, verified, with_measures=False)
            changes = self._compare(again, verified.kind, loaded, is_guarded=False)
            self._apply(again, entry.delivery_id, loaded, changes)
            ledger.write_accounts(self._cursor, entry.delivery_id, self._accounts(loaded, changes))

    def _read(self, delivery: Delivery, verified: Verified, *, with_measures: bool = True) -> list[LoadedEntity]:
        loaded = []
        for file in verified.entity_files:
            rules = RowRules.of(self._contract, file.entity, delivery.authority_code, delivery.business_date)
            is_return = verified.kind == "return"
            loaded.append(read_entity(file, rules, is_return=is_return, with_measures=with_measures))
        return loaded

    def _step_back(self, delivery: Delivery, kind: str, replaced: list[ledger.LedgerEntry]) -> list[ledger.LedgerEntry]:
        """Take history back to before this delivery; return the accepted ones that must be replayed on top of it."""
        if kind == "return":
            for entry in replaced:
                for entity in self._contract.entities:
                    history.remove_delivery(self._cursor, self._table(entity), entry.delivery_id)
            return []
        later = ledger.accepted_from(self._cursor, delivery)
        if later or replaced:
            for entity in self._contract.entities:
                history.truncate_from(
                    self._cursor, self._table(entity), delivery.authority_code, delivery.business_date
                )
        return later

    def _compare(
        self, delivery: Delivery, kind: str, loaded: list[LoadedEntity], *, is_guarded: bool
    ) -> list[history.EntityChange]:
        earlier = (
            ledger.previous_accepted(self._cursor, delivery, kind="full") if kind == "full" and is_guarded else None
        )
        if earlier is not None and ledger.override_count(self._cursor, delivery):
            earlier = None
        changes = []
        for entity in loaded:
            table = self._table(entity.rules.entity.name)
            if kind == "return":
                state = entity.rows.slice(0, 0).select(["row_key", "row_hash"])
            else:
                state = history.current_state(self._cursor, table, delivery.authority_code)
            change = history.compare(entity, state, is_full=kind == "full")
            if earlier is not None:
                guards.require_no_mass_loss(self._cursor, delivery, earlier, entity, change, table, self._limits)
            changes.append(change)
        return changes

    def _apply(
        self,
        delivery: Delivery,
        delivery_id: int,
        loaded: list[LoadedEntity],
        changes: list[history.EntityChange],
    ) -> None:
        for entity, change in zip(loaded, changes, strict=True):
            history.apply(
                self._cursor,
                self._table(entity.rules.entity.name),
                change,
                authority_code=delivery.authority_code,
                business_date=delivery.business_date,
                delivery_id=delivery_id,
            )

    def _table(self, entity: str) -> str:
        return table_name(self._contract.source, entity)

    def _accounts(self, loaded: list[LoadedEntity], changes: list[history.EntityChange]) -> list[ledger.EntityAccount]:
        return [
            ledger.EntityAccount(
                entity=entity.rules.entity.name,
                file_name=entity.file.file_name,
                rows_in_file=entity.row_count,
                rows_accepted=entity.rows.num_rows,
                rows_new=change.rows_new,
                rows_changed=change.rows_changed,
                rows_unchanged=change.rows_unchanged,
                rows_quarantined=len(entity.quarantined),
                rows_vanished=len(change.vanished),
            )
            for entity, change in zip(loaded, changes, strict=True)
        ]

    def _measures(
        self,
        delivery: Delivery,
        kind: str,
        loaded: list[LoadedEntity],
        changes: list[history.EntityChange],
        accounts: list[ledger.EntityAccount],
    ) -> list[Measure]:
        previous = ledger.previous_accepted(self._cursor, delivery)
        days = float((delivery.business_date - previous.business_date).days) if previous is not None else None
        keys = self._keys_after(kind, loaded, changes)
        measures: list[Measure] = []
        for entity, account in zip(loaded, accounts, strict=True):
            name = entity.rules.entity.name
            for measure, value in _account_measures(account):
                measures.append(Measure(name, "", measure, value))
            if days is not None:
                measures.append(Measure(name, "", "days_since_previous", days))
            if entity.measures is None:
                continue
            measures.extend(entity.measures.column_measures())
            if entity.rules.entity.key:
                distinct = float(entity.rows.num_rows)
                measures.append(Measure(name, entity.rules.entity.key[0], "distinct_count", distinct))
            for column in entity.rules.entity.columns:
                if column.references is not None and column.references in keys:
                    missing = entity.measures.missing_references(column.name, keys[column.references])
                    measures.append(Measure(name, column.name, "missing_reference_count", float(missing)))
        return measures

    def _keys_after(
        self, kind: str, loaded: list[LoadedEntity], changes: list[history.EntityChange]
    ) -> dict[str, pa.Array]:
        """Return per entity the keys that stand once the delivery is merged."""
        import pyarrow as pa

        keys = {}
        for entity, change in zip(loaded, changes, strict=True):
            chunks = entity.rows.column("row_key").chunks
            if kind == "full":
                chunks = [*chunks, pa.array(entity.protected_keys(), pa.string())]
            else:
                chunks = [*chunks, *change.standing_keys.chunks]
            keys[entity.rules.entity.name] = pa.chunked_array(chunks, pa.string()).combine_chunks()
        return keys

    def _ask_door(self, delivery: Delivery, kind: str, delivery_id: int, measures: list[Measure], door: Door) -> None:
        previous = ledger.previous_accepted(self._cursor, delivery, kind=kind)
        before: dict[tuple[str, str, str], float] = {}
        if previous is not None:
            self._cursor.execute(
                "select entity, column_name, measure, value from landing.delivery_measures where delivery_id = %s",
                [previous.delivery_id],
            )
            before = {(entity, column, measure): value for entity, column, measure, value in self._cursor.fetchall()}
        profile = DeliveryProfile(
            source=delivery.source,
            authority_code=delivery.authority_code,
            business_date=delivery.business_date,
            kind=kind,
            name=delivery.name,
            delivery_id=delivery_id,
            measures=profile_frame(measures, before),
        )
        verdict = door(profile)
        if verdict.is_refused:
            raise Refusal(f"did not pass the door: {verdict.reason}", code="door")

    def _timing_notices(self, delivery: Delivery, kind: str, replayed: int) -> list[str]:
        notices = []
        if replayed:
            notices.append(f"it arrived late; {replayed} later deliveries were merged again on top of it.")
        cut_over = self._cut_over(delivery)
        if cut_over is not None and delivery.source == "raise" and delivery.business_date >= cut_over:
            notices.append(f"it is dated on or after the cut-over of {cut_over}: it is kept, and no figure uses it.")
        if cut_over is not None and delivery.source == "wccis" and delivery.business_date < cut_over:
            notices.append(f"it is dated before the cut-over of {cut_over}: it is kept, and no figure uses it.")
        previous = ledger.previous_accepted(self._cursor, delivery)
        if kind == "delta":
            if previous is None:
                notices.append(
                    "it is a delta and no full came before it: rows not in it are unknown until the next full."
                )
            elif (missing := (delivery.business_date - previous.business_date).days - 1) > 0:
                nights = "night is" if missing == 1 else "nights are"
                notices.append(f"{missing} {nights} missing before this delta: what they held waits for the next full.")
        return notices

    def _cut_over(self, delivery: Delivery) -> datetime.date | None:
        authority = self._settings.config.authorities.get(delivery.authority_code)
        return authority.cut_over_date if authority is not None else None


def _account_measures(account: ledger.EntityAccount) -> Iterator[tuple[str, float]]:
    yield "rows_in_file", float(account.rows_in_file)
    yield "rows_accepted", float(account.rows_accepted)
    yield "rows_quarantined", float(account.rows_quarantined)
    yield "quarantined_share", account.rows_quarantined / account.rows_in_file if account.rows_in_file else 0.0
    yield "rows_new", float(account.rows_new)
    yield "rows_changed", float(account.rows_changed)
    yield "rows_unchanged", float(account.rows_unchanged)
    yield "rows_vanished", float(account.rows_vanished)


@contextmanager
def restored(
    cursor: psycopg.Cursor, archive: Archive, delivery: Delivery, entry: ledger.LedgerEntry
) -> Iterator[Delivery]:
    """Yield an accepted delivery of the same source and authority with its files fetched from the archive."""
    cursor.execute("select file_name, sha256 from landing.arrived_files where delivery_id = %s", [entry.delivery_id])
    with tempfile.TemporaryDirectory(prefix="csc-warehouse-") as folder:
        files = []
        for name, sha256 in cursor.fetchall():
            path = Path(folder) / Path(name).name
            archive.restore(sha256, path)
            files.append(DeliveredFile(path.name, str(path), path.stat().st_size, 0))
        yield Delivery(
            delivery.source, delivery.authority_code, delivery.name, entry.business_date, folder, tuple(files)
        )


def write_ledger(cursor: psycopg.Cursor, delivery: Delivery, delivery_id: int, result: Accepted) -> None:
    """Write what hangs on an accepted delivery: row accounts, quarantine, files, measures and notices."""
    ledger.write_accounts(cursor, delivery_id, result.accounts)
    for entity in result.loaded:
        name, file_name = entity.rules.entity.name, entity.file.file_name
        ledger.write_quarantine(cursor, delivery, delivery_id, name, file_name, entity.quarantined)
    ledger.write_files(cursor, delivery_id, result.verified)
    ledger.write_measures(cursor, delivery_id, result.measures)
    ledger.write_notices(cursor, delivery_id, result.notices)
    for entity in result.loaded:
        if entity.measures is not None:
            ledger.write_unlisted(cursor, delivery_id, entity.rules.entity.name, entity.measures.unlisted)
