"""From a verified delivery to row history: read, guard, ask the door, merge; and replay what came after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.contracts.sheets import SheetLimits
from csc_warehouse.landing.history import versions
from csc_warehouse.landing.history.person_removal import remove_people
from csc_warehouse.landing.history.tables import table_name
from csc_warehouse.landing.judging import guards
from csc_warehouse.landing.judging.delivery_measures import Measuring, previous_measures, timing_notices
from csc_warehouse.landing.reading.entity_rows import LoadedEntity, read_entity, unread_entity
from csc_warehouse.landing.reading.row_measures import DeliveryProfile, Door, Measure, profile_frame
from csc_warehouse.landing.reading.rows import RowRules
from csc_warehouse.landing.reading.rows_on_disk import LARGE_DELIVERY_BYTES, SMALL_FILE_BYTES
from csc_warehouse.landing.recording import erased_ids, ledger
from csc_warehouse.landing.recording.archive import Archive
from csc_warehouse.landing.recording.attempt import Attempt
from csc_warehouse.landing.recording.delivery_status import STANDS, Fate
from csc_warehouse.landing.recording.erased_ids import Tombstones
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.delivery_files import EntityFile, Verified, Verifier
from csc_warehouse.settings import Settings
from csc_warehouse.sources.delivery import DeliveredFile, Delivery
from csc_warehouse.warehouse import home

if TYPE_CHECKING:
    import pyarrow as pa

READERS = 2
"""Files of a delivery that fits into memory that are read side by side."""


@dataclass
class Accepted:
    """A delivery that was merged, for the ledger."""

    kind: str
    verified: Verified
    loaded: list[LoadedEntity]
    accounts: list[ledger.EntityAccount]
    measures: list[Measure]
    notices: list[str]
    later: list[ledger.LedgerEntry] = field(default_factory=list)
    """Accepted deliveries of later business dates, which are to be replayed on top."""


class Merge:
    """Merges one delivery within the transaction that its cursor is in."""

    def __init__(self, cursor: psycopg.Cursor, settings: Settings, contract: SourceContract, archive: Archive) -> None:
        """Take the transaction's cursor, and where the archive is to replay from."""
        self._cursor = cursor
        self._settings = settings
        self._limits = settings.config.landing
        self._contract = contract
        self._archive = archive
        self._states: dict[str, pa.Table] = {}
        """What stands, by table: fetched while files are read, as that keeps the server busy and not this process."""
        self.derived: list[erased_ids.ErasedId] = []
        """Ids of erased children that were met for the first time."""

    def accept(
        self,
        current: Attempt,
        verifier: Verifier,
        door: Door | None,
        *,
        before_merge: Callable[[Verified], None],
    ) -> Accepted:
        """Merge a delivery, however late, onto what stood before its business date, and write its ledger.

        Once it is let in, and before anything is merged, before_merge is called. The accepted deliveries of later
        business dates are still to be replayed on top. Raises Refusal, after which the caller rolls back to where it
        began.
        """
        delivery = current.delivery
        verified = verifier.verify()
        replaced = [entry for entry in ledger.tries(self._cursor, delivery) if entry.status == "accepted"]
        later = self._step_back(delivery, verified.kind, replaced)
        loaded = self._read(delivery, verified, contract_sha256=current.contract_sha256)
        guards.require_readable(loaded, self._limits, is_return=verified.kind == "return")
        changes = self._compare(delivery, verified.kind, loaded, is_guarded=True)
        accounts = _accounts(loaded, changes)
        measures = Measuring(self._cursor, self._contract, delivery, verified.kind).measure(loaded, changes, accounts)
        if door is not None:
            self._ask_door(current, verified.kind, measures, door)
        before_merge(verified)
        for entry in replaced:
            ledger.supersede(self._cursor, entry.delivery_id, current.delivery_id)
        self._apply(delivery, current.delivery_id, loaded, changes)
        notices = [*verified.notices, *(notice for entity in loaded for notice in entity.notices)]
        notices += timing_notices(self._cursor, self._settings, delivery, verified.kind, later=len(later))
        result = Accepted(verified.kind, verified, loaded, accounts, measures, notices, later)
        ledger.insert_accepted(self._cursor, current, kind=result.kind, accounts=accounts)
        write_ledger(self._cursor, current, result)
        return result

    def replay_later(self, current: Attempt, result: Accepted) -> None:
        """Merge the accepted deliveries of later business dates again, from the archive, in their order."""
        for entry in result.later:
            self.replay(current.delivery, entry)

    def replay(self, delivery: Delivery, entry: ledger.LedgerEntry) -> None:
        """Merge one accepted delivery of the same source and authority again, as history has changed below it."""
        with restored(self._cursor, self._archive, self._settings.spool, delivery, entry) as again:
            verified = Verifier(again, self._contract, self._limits).verify()
            loaded = self._read(again, verified, with_measures=False)
            changes = self._compare(again, verified.kind, loaded, is_guarded=False)
            self._apply(again, entry.delivery_id, loaded, changes)
            ledger.write_accounts(self._cursor, entry.delivery_id, _accounts(loaded, changes))

    def stand(self, delivery: Delivery, before: ledger.LedgerEntry | None, after: ledger.LedgerEntry | None) -> int:
        """Let another delivery of a place stand than before, or none; return how many later ones were merged again.

        History is then what it would be had the one that stood before never come (deliveries.md section 9, Dates).
        """
        standing = [] if before is None else [before]
        coming = [] if after is None else [after]
        later = self._step_back(delivery, [*standing, *coming][0].kind, standing)
        for entry in [*coming, *later]:
            self.replay(delivery, entry)
        return len(later)

    def land_again(self, current: Attempt, verifier: Verifier, notices: list[str], *, fate: Fate) -> None:
        """Land a delivery that was accepted before, in business-date order and unguarded; for a rebuild.

        One that was superseded or withdrawn gets its ledger, and is not merged.
        """
        delivery = current.delivery
        verified = verifier.verify()
        loaded = self._read(delivery, verified, contract_sha256=current.contract_sha256)
        changes = self._compare(delivery, verified.kind, loaded, is_guarded=False)
        accounts = _accounts(loaded, changes)
        measures = Measuring(self._cursor, self._contract, delivery, verified.kind).measure(loaded, changes, accounts)
        if fate == STANDS:
            self._apply(delivery, current.delivery_id, loaded, changes)
        result = Accepted(verified.kind, verified, loaded, accounts, measures, notices)
        ledger.insert_accepted(self._cursor, current, kind=result.kind, accounts=accounts, fate=fate)
        write_ledger(self._cursor, current, result)

    def _read(
        self, delivery: Delivery, verified: Verified, *, contract_sha256: str = "", with_measures: bool = True
    ) -> list[LoadedEntity]:
        tombstones = Tombstones.of(self._cursor, self._settings, self._contract, delivery.authority_code)
        same = self._same_files(delivery, verified, contract_sha256, tombstones)

        is_large = sum(file.size for file in verified.entity_files) >= LARGE_DELIVERY_BYTES

        def read(file: EntityFile) -> LoadedEntity:
            contract = self._contract.with_encoding(file.encoding)
            longest = self._limits.maximum_field_characters
            rules = RowRules.of(
                contract, file.entity, delivery.authority_code, delivery.business_date, longest_field=longest
            )
            account = same.get(file.entity.name)
            if account is not None:
                return unread_entity(file, rules, account.rows_accepted, account.rows_erased)
            is_return = verified.kind == "return"
            is_spilled = is_large and not is_return and file.size >= SMALL_FILE_BYTES
            folder = self._settings.large_spool if is_spilled else None
            return read_entity(
                file,
                rules,
                tombstones,
                is_return=is_return,
                with_measures=with_measures,
                spill_folder=folder,
                sheet_limits=SheetLimits(self._limits.maximum_sheet_rows, self._limits.maximum_sheet_columns),
            )

        def fetch_states() -> None:
            if verified.kind != "return" and not is_large:
                for file in verified.entity_files:
                    if file.entity.name not in same:
                        table = self._table(file.entity.name)
                        self._states[table] = versions.current_state(self._cursor, table, delivery.authority_code)

        # who an erased child is must be known before what is said of it
        first = self._contract.person_entity if tombstones.erased else None
        loaded = read_all(verified.entity_files, read, first=first, meanwhile=fetch_states)
        if tombstones.derived:
            self._states.clear()
            self._erase_derived(tombstones)
        return loaded

    def _erase_derived(self, tombstones: Tombstones) -> None:
        """Remember the ids of erased children that this delivery brought, and remove what stood under them."""
        erased_ids.insert(self._cursor, tombstones.derived)
        remove_people(self._cursor, self._contract, tombstones.authority_code, tombstones.derived_ids)
        self.derived.extend(tombstones.derived)

    def _same_files(
        self, delivery: Delivery, verified: Verified, contract_sha256: str, tombstones: Tombstones
    ) -> dict[str, ledger.EntityAccount]:
        """Return the entities whose file is, byte for byte, the one of the full just before: they need no reading.

        Not those with rows in quarantine, whose record numbers must be written again.
        """
        if verified.kind != "full" or not contract_sha256:
            return {}
        before = ledger.previous_accepted(self._cursor, delivery)
        if before is None or before.kind != "full" or tombstones.since(self._cursor, before.delivery_id):
            return {}
        hashes = ledger.entity_hashes(self._cursor, before.delivery_id, contract_sha256)
        accounts = ledger.rows_of(self._cursor, before.delivery_id)
        return {
            file.entity.name: accounts[file.entity.name]
            for file in verified.entity_files
            if hashes.get(file.entity.name) == file.sha256 and not accounts[file.entity.name].rows_quarantined
        }

    def _step_back(self, delivery: Delivery, kind: str, replaced: list[ledger.LedgerEntry]) -> list[ledger.LedgerEntry]:
        """Take history back to before this delivery; return the accepted ones that must be replayed on top of it."""
        if kind == "return":
            for entry in replaced:
                for entity in self._contract.entities:
                    versions.remove_delivery(self._cursor, self._table(entity), entry.delivery_id)
            return []
        later = ledger.accepted_from(self._cursor, delivery)
        if later or replaced:
            for entity in self._contract.entities:
                versions.truncate_from(
                    self._cursor, self._table(entity), delivery.authority_code, delivery.business_date
                )
        return later

    def _compare(
        self, delivery: Delivery, kind: str, loaded: list[LoadedEntity], *, is_guarded: bool
    ) -> list[versions.EntityChange]:
        earlier = (
            ledger.previous_accepted(self._cursor, delivery, kind="full") if kind == "full" and is_guarded else None
        )
        if earlier is not None and ledger.override_count(self._cursor, delivery):
            earlier = None
        changes = []
        for entity in loaded:
            table = self._table(entity.rules.entity.name)
            if entity.unread_rows is not None:
                changes.append(versions.no_change(entity))
                continue
            change = self._compare_one(delivery, kind, entity, table)
            if earlier is not None:
                guard = guards.LossGuard(self._cursor, delivery, earlier, self._limits)
                guard.require_no_mass_loss(entity, change, table)
            changes.append(change)
        return changes

    def _compare_one(self, delivery: Delivery, kind: str, entity: LoadedEntity, table: str) -> versions.EntityChange:
        is_full, authority = kind == "full", delivery.authority_code
        if entity.spill is not None:
            return versions.compare_spilled(entity.spill, entity, self._cursor, table, authority, is_full=is_full)
        if kind == "return":
            return versions.compare(entity, versions.empty_state(), is_full=is_full)
        state = self._states.pop(table, None)
        if state is None:
            state = versions.current_state(self._cursor, table, authority)
        return versions.compare(entity, state, is_full=is_full)

    def _apply(
        self,
        delivery: Delivery,
        delivery_id: int,
        loaded: list[LoadedEntity],
        changes: list[versions.EntityChange],
    ) -> None:
        for entity, change in zip(loaded, changes, strict=True):
            versions.apply(
                self._cursor,
                self._table(entity.rules.entity.name),
                change,
                authority_code=delivery.authority_code,
                business_date=delivery.business_date,
                delivery_id=delivery_id,
            )
            entity.close()

    def _table(self, entity: str) -> str:
        return table_name(self._contract.source, entity)

    def _ask_door(self, current: Attempt, kind: str, measures: list[Measure], door: Door) -> None:
        delivery = current.delivery
        before = previous_measures(self._cursor, delivery, kind)
        profile = DeliveryProfile(
            source=delivery.source,
            authority_code=delivery.authority_code,
            business_date=delivery.business_date,
            kind=kind,
            name=delivery.name,
            delivery_id=current.delivery_id,
            measures=profile_frame(measures, before),
        )
        verdict = door(profile)
        if verdict.is_refused:
            raise Refusal(f"did not pass the door: {verdict.reason}", code="door")


def read_all(
    files: list[EntityFile],
    read: Callable[[EntityFile], LoadedEntity],
    *,
    first: str | None,
    meanwhile: Callable[[], None],
) -> list[LoadedEntity]:
    """Read every file, small ones side by side and beside other work, and return them in the order given.

    first: the entity that is read before all others. Large files are read one after the other, as each takes its share
    of memory. The first file in order that is refused is the one that is named.
    """
    leading = [file for file in files if file.entity.name == first]
    others = [file for file in files if file.entity.name != first]
    if sum(file.size for file in files) >= LARGE_DELIVERY_BYTES:
        done = {file.entity.name: read(file) for file in [*leading, *others]}
        return [done[file.entity.name] for file in files]
    with ThreadPoolExecutor(max_workers=READERS) as pool:
        early = pool.map(read, leading)
        coming = None if leading else pool.map(read, others)
        meanwhile()
        done = dict(zip([file.entity.name for file in leading], early, strict=True))
        done |= zip([file.entity.name for file in others], coming or pool.map(read, others), strict=True)
    return [done[file.entity.name] for file in files]


def _accounts(loaded: list[LoadedEntity], changes: list[versions.EntityChange]) -> list[ledger.EntityAccount]:
    return [
        ledger.EntityAccount(
            entity=entity.rules.entity.name,
            file_name=entity.file.file_name,
            rows_in_file=entity.row_count,
            rows_accepted=entity.accepted_count,
            rows_new=change.rows_new,
            rows_changed=change.rows_changed,
            rows_unchanged=change.rows_unchanged,
            rows_quarantined=len(entity.quarantined),
            rows_vanished=len(change.vanished),
            rows_erased=entity.erased,
        )
        for entity, change in zip(loaded, changes, strict=True)
    ]


@contextmanager
def restored(
    cursor: psycopg.Cursor, archive: Archive, spool: Path, delivery: Delivery, entry: ledger.LedgerEntry
) -> Iterator[Delivery]:
    """Yield an accepted delivery of the same source and authority with its files fetched from archive to spool."""
    cursor.execute("select file_name, sha256 from landing.arrived_files where delivery_id = %s", [entry.delivery_id])
    with home.scratch(spool) as folder:
        files = []
        for name, sha256 in cursor.fetchall():
            path = folder / Path(name).name
            archive.restore(sha256, path)
            files.append(DeliveredFile(path.name, str(path), path.stat().st_size, 0))
        yield Delivery(
            delivery.source, delivery.authority_code, delivery.name, entry.business_date, str(folder), tuple(files)
        )


def write_ledger(cursor: psycopg.Cursor, current: Attempt, result: Accepted) -> None:
    """Write what hangs on an accepted delivery: row accounts, quarantine, files, measures and notices."""
    delivery, delivery_id = current.delivery, current.delivery_id
    ledger.write_accounts(cursor, delivery_id, result.accounts)
    for entity in result.loaded:
        ledger.write_quarantine(cursor, current, entity.rules.entity.name, entity.file.file_name, entity.quarantined)
    ledger.write_files(cursor, current, result.verified)
    ledger.write_measures(cursor, delivery_id, result.measures)
    ledger.write_notices(cursor, delivery_id, result.notices)
    for entity in result.loaded:
        if entity.measures is not None:
            ledger.write_unlisted(cursor, delivery_id, entity.rules.entity.name, entity.measures.unlisted)
    unread = [entity.rules.entity.name for entity in result.loaded if entity.unread_rows is not None]
    if unread:
        ledger.repeat_unlisted(cursor, delivery, delivery_id, unread)
