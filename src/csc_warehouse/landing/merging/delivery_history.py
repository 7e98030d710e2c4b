"""Row history as one delivery changes it: back to before it, compared with it, and written."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.landing.history import comparison, versions
from csc_warehouse.landing.history.comparison import EntityChange
from csc_warehouse.landing.history.standing_rows import current_state, empty_state, taken_back
from csc_warehouse.landing.history.tables import table_name
from csc_warehouse.landing.judging.guards import LossGuard
from csc_warehouse.landing.merging.delivery_reader import ReadDelivery
from csc_warehouse.landing.reading.entity_rows import EntityRows
from csc_warehouse.landing.reading.row_notices import unknown_notice
from csc_warehouse.landing.recording import ledger
from csc_warehouse.landing.recording.ledger import LedgerEntry
from csc_warehouse.settings import LandingConfig
from csc_warehouse.sources.delivery import Delivery


class DeliveryHistory:
    """The row history of one source, within the transaction that its cursor is in."""

    def __init__(self, cursor: psycopg.Cursor, contract: SourceContract, limits: LandingConfig) -> None:
        """Take the transaction's cursor, the source's contract, and the limits of the guards."""
        self._cursor = cursor
        self._contract = contract
        self._limits = limits

    def step_back(self, delivery: Delivery, kind: str, replaced: Sequence[LedgerEntry]) -> list[LedgerEntry]:
        """Take history back to before a delivery; return the accepted ones that must be merged again on top of it.

        replaced: accepted deliveries of its own place, whose rows go.
        """
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

    def compare(self, delivery: Delivery, kind: str, read: ReadDelivery, *, is_guarded: bool) -> list[EntityChange]:
        """Return what each entity's rows change. Raises Refusal where a guarded full has lost too many rows."""
        guard = self._loss_guard(delivery) if kind == "full" and is_guarded else None
        changes = []
        for entity in read.entities:
            if entity.unread_rows is not None:
                changes.append(comparison.no_change(entity))
                continue
            change = self._compare_one(delivery, kind, entity, read)
            if guard is not None:
                guard.require_no_mass_loss(entity, change, self._table(entity.rules.entity.name))
            changes.append(change)
        return changes

    def _loss_guard(self, delivery: Delivery) -> LossGuard | None:
        earlier = ledger.previous_accepted(self._cursor, delivery, kind="full")
        if earlier is None or ledger.override_count(self._cursor, delivery):
            return None
        return LossGuard(self._cursor, delivery, earlier, self._limits)

    def _compare_one(self, delivery: Delivery, kind: str, entity: EntityRows, read: ReadDelivery) -> EntityChange:
        name = entity.rules.entity.name
        is_full, authority = kind == "full", delivery.authority_code
        gone = taken_back(self._cursor, self._table(name), authority, self._contract.changes)
        self._report_unknown(entity, authority)
        if entity.on_disk is not None:
            return comparison.compare_on_disk(
                entity.on_disk, entity, self._cursor, self._table(name), authority, is_full=is_full, taken_back=gone
            )
        if kind == "return":
            return comparison.compare(entity, empty_state(), is_full=is_full)
        state = read.states.pop(name, None)
        if state is None:
            state = current_state(self._cursor, self._table(name), authority)
        return comparison.compare(entity, state, is_full=is_full, taken_back=gone)

    def _report_unknown(self, entity: EntityRows, authority_code: str) -> None:
        """Note rows that were taken back, and stand nowhere to be taken away."""
        said = entity.said.taken_back if entity.said is not None else {}
        if not said:
            return
        known = versions.standing_among(self._cursor, self._table(entity.rules.entity.name), authority_code, list(said))
        numbers = [number for key, number in said.items() if key not in known]
        if numbers:
            entity.notices.append(unknown_notice(entity.file.file_name, numbers))

    def apply(
        self, delivery: Delivery, delivery_id: int, entities: Sequence[EntityRows], changes: Sequence[EntityChange]
    ) -> None:
        """Write what a delivery changes, and remove its rows from disk."""
        for entity, change in zip(entities, changes, strict=True):
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
