"""All files of a verified delivery into rows: several at a time, without erased children, known files unread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg

from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.contracts.sheets import SheetLimits
from csc_warehouse.landing.history.person_removal import remove_people
from csc_warehouse.landing.history.standing_rows import current_state
from csc_warehouse.landing.history.tables import table_name
from csc_warehouse.landing.reading.entity_rows import EntityRows, read_entity, unread_entity
from csc_warehouse.landing.reading.rows import RowRules
from csc_warehouse.landing.reading.rows_on_disk import LARGE_DELIVERY_BYTES, SMALL_FILE_BYTES
from csc_warehouse.landing.recording import erased_ids, ledger
from csc_warehouse.landing.recording.delivery_details import entity_hashes, rows_of
from csc_warehouse.landing.recording.erased_ids import ErasedId, ErasedIds
from csc_warehouse.landing.recording.ledger import EntityAccount
from csc_warehouse.landing.verifying.verified import EntityFile, Verified
from csc_warehouse.settings import Settings
from csc_warehouse.sources.delivery import Delivery

if TYPE_CHECKING:
    import pyarrow as pa

READERS = 2
"""Files that are read at the same time, of a delivery that fits into memory."""


@dataclass
class ReadDelivery:
    """The rows of a delivery, and what stands of some of its entities."""

    entities: list[EntityRows]
    states: dict[str, pa.Table] = field(default_factory=dict)
    """Key and hash of the rows that stand, by entity, as far as they were fetched while files were read."""


class DeliveryReader:
    """Reads deliveries of one source within the transaction that its cursor is in."""

    def __init__(self, cursor: psycopg.Cursor, settings: Settings, contract: SourceContract) -> None:
        """Take the transaction's cursor and the source's contract."""
        self._cursor = cursor
        self._settings = settings
        self._limits = settings.config.landing
        self._contract = contract
        self.derived: list[ErasedId] = []
        """Ids of erased children that a delivery showed for the first time; the journal must have them."""

    def read(
        self, delivery: Delivery, verified: Verified, *, contract_sha256: str = "", with_measures: bool = True
    ) -> ReadDelivery:
        """Read every file of a delivery; under the contract given, none that the full just before had byte for byte.

        Raises Refusal where a file cannot be read as a whole.
        """
        erased = ErasedIds.of(self._cursor, self._settings, self._contract, delivery.authority_code)
        same = self._same_files(delivery, verified, contract_sha256, erased)
        is_large = sum(file.size for file in verified.entity_files) >= LARGE_DELIVERY_BYTES
        states: dict[str, pa.Table] = {}

        def read_one(file: EntityFile) -> EntityRows:
            rules = self._rules(delivery, file)
            account = same.get(file.entity.name)
            if account is not None:
                return unread_entity(file, rules, account.rows_accepted, account.rows_erased)
            is_return = verified.kind == "return"
            is_on_disk = is_large and not is_return and file.size >= SMALL_FILE_BYTES
            return read_entity(
                file,
                rules,
                erased,
                is_return=is_return,
                with_measures=with_measures,
                disk_folder=self._settings.large_spool if is_on_disk else None,
                sheet_limits=SheetLimits(self._limits.maximum_sheet_rows, self._limits.maximum_sheet_columns),
            )

        def fetch_states() -> None:
            if verified.kind != "return" and not is_large:
                for name in (file.entity.name for file in verified.entity_files if file.entity.name not in same):
                    table = table_name(self._contract.source, name)
                    states[name] = current_state(self._cursor, table, delivery.authority_code)

        # which ids are an erased child's must be known before the rows that refer to them are read
        first = self._contract.person_entity if erased.erased else None
        # fetching what stands keeps the server busy while this process reads
        entities = read_all(verified.entity_files, read_one, first=first, meanwhile=fetch_states)
        if erased.derived:
            # the rows that stand under those ids are removed: what was fetched of them no longer holds
            states.clear()
            self._erase_derived(erased)
        return ReadDelivery(entities, states)

    def _rules(self, delivery: Delivery, file: EntityFile) -> RowRules:
        return RowRules.of(
            self._contract.with_encoding(file.encoding),
            file.entity,
            delivery.authority_code,
            delivery.business_date,
            longest_field=self._limits.maximum_field_characters,
        )

    def _erase_derived(self, erased: ErasedIds) -> None:
        """Record the ids of erased children that this delivery showed, and remove the rows that stand under them."""
        erased_ids.insert(self._cursor, erased.derived)
        remove_people(self._cursor, self._contract, erased.authority_code, erased.derived_ids)
        self.derived.extend(erased.derived)

    def _same_files(
        self, delivery: Delivery, verified: Verified, contract_sha256: str, erased: ErasedIds
    ) -> dict[str, EntityAccount]:
        """Return the accounts of entities whose file is, byte for byte, that of the full just before.

        Not of those with rows in quarantine, whose record numbers must be written again.
        """
        if verified.kind != "full" or not contract_sha256:
            return {}
        before = ledger.previous_accepted(self._cursor, delivery)
        if before is None or before.kind != "full" or erased.has_grown_since(self._cursor, before.delivery_id):
            return {}
        hashes = entity_hashes(self._cursor, before.delivery_id, contract_sha256)
        accounts = rows_of(self._cursor, before.delivery_id)
        return {
            file.entity.name: accounts[file.entity.name]
            for file in verified.entity_files
            if hashes.get(file.entity.name) == file.sha256 and not accounts[file.entity.name].rows_quarantined
        }


def read_all(
    files: list[EntityFile],
    read: Callable[[EntityFile], EntityRows],
    *,
    first: str | None,
    meanwhile: Callable[[], None],
) -> list[EntityRows]:
    """Read every file, several small ones at a time while other work is done, and return them in the order given.

    first: the entity that is read before all others. Large files are read one after the other, as each takes its share
    of memory. Where several files are refused, the first one in order is named.
    """
    leading = [file for file in files if file.entity.name == first]
    others = [file for file in files if file.entity.name != first]
    if sum(file.size for file in files) >= LARGE_DELIVERY_BYTES:
        done = {file.entity.name: read(file) for file in [*leading, *others]}
        return [done[file.entity.name] for file in files]
    # the longest first, so that no reader waits for it at the end
    by_size = sorted(others, key=lambda file: file.size, reverse=True)
    with ThreadPoolExecutor(max_workers=READERS) as pool:
        coming = {file.entity.name: pool.submit(read, file) for file in leading or by_size}
        try:
            meanwhile()
            if leading:
                coming[leading[0].entity.name].result()
                coming |= {file.entity.name: pool.submit(read, file) for file in by_size}
            return [coming[file.entity.name].result() for file in files]
        finally:
            # where one is refused, those that nobody began to read are left
            for reading in coming.values():
                reading.cancel()
