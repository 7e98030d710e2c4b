"""From a verified delivery to row history: accept it, merge later ones again on top, or land it again for a rebuild."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import psycopg

from csc_warehouse.contracts.door import Door
from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.landing.judging.delivery_measures import DeliveryMeasures, previous_measures
from csc_warehouse.landing.judging.door import require_passed
from csc_warehouse.landing.judging.guards import require_readable
from csc_warehouse.landing.judging.timing_notices import timing_notices
from csc_warehouse.landing.merging.accepted import Accepted, row_accounts, write_details
from csc_warehouse.landing.merging.delivery_history import DeliveryHistory
from csc_warehouse.landing.merging.delivery_reader import DeliveryReader
from csc_warehouse.landing.recording import delivery_details, ledger
from csc_warehouse.landing.recording.archive import Archive
from csc_warehouse.landing.recording.archived_delivery import fetched_from_archive
from csc_warehouse.landing.recording.attempt import Attempt
from csc_warehouse.landing.recording.delivery_status import STANDS, DeliveryStatus
from csc_warehouse.landing.recording.erased_ids import ErasedId
from csc_warehouse.landing.recording.ledger import LedgerEntry
from csc_warehouse.landing.verifying.delivery import Verifier
from csc_warehouse.landing.verifying.verified import Verified
from csc_warehouse.settings import Settings
from csc_warehouse.sources.delivery import Delivery


class Merge:
    """Merges deliveries of one source within the transaction that its cursor is in."""

    def __init__(self, cursor: psycopg.Cursor, settings: Settings, contract: SourceContract, archive: Archive) -> None:
        """Take the transaction's cursor, and the archive from which later deliveries are merged again."""
        self._cursor = cursor
        self._settings = settings
        self._limits = settings.config.landing
        self._contract = contract
        self._archive = archive
        self._reader = DeliveryReader(cursor, settings, contract)
        self._history = DeliveryHistory(cursor, contract, self._limits)

    @property
    def derived(self) -> list[ErasedId]:
        """Return the ids of erased children that were met for the first time; the journal must have them."""
        return self._reader.derived

    def accept(
        self,
        current: Attempt,
        verifier: Verifier,
        door: Door | None,
        *,
        once_read: Callable[[Verified], None],
    ) -> Accepted:
        """Merge a delivery, however late, onto what stood before its business date, and write its ledger.

        once_read is called with the verified delivery when its rows are read, before it is judged. The accepted
        deliveries of later business dates are still to be merged again on top (replay_later). Raises Refusal, after
        which the caller rolls back to where it began.
        """
        delivery = current.delivery
        verified = verifier.verify()
        replaced = [entry for entry in ledger.attempts(self._cursor, delivery) if entry.status == "accepted"]
        later = self._history.step_back(delivery, verified.kind, replaced)
        read = self._reader.read(delivery, verified, contract_sha256=current.contract_sha256)
        require_readable(read.entities, self._limits, is_return=verified.kind == "return")
        once_read(verified)
        changes = self._history.compare(delivery, verified.kind, read, is_guarded=True)
        accounts = row_accounts(read.entities, changes)
        measures = self._measures(delivery, verified.kind).take(read.entities, changes, accounts)
        if door is not None:
            previous = previous_measures(self._cursor, delivery, verified.kind)
            require_passed(door, current, verified.kind, measures, previous)
        for entry in replaced:
            ledger.supersede(self._cursor, entry.delivery_id, current.delivery_id)
        self._history.apply(delivery, current.delivery_id, read.entities, changes)
        notices = [*verified.notices, *(notice for entity in read.entities for notice in entity.notices)]
        notices += timing_notices(self._cursor, self._settings, delivery, verified.kind, later=len(later))
        result = Accepted(verified.kind, verified, read.entities, accounts, measures, notices, later)
        ledger.insert_accepted(self._cursor, current, kind=result.kind, accounts=accounts)
        write_details(self._cursor, current, result)
        return result

    def replay_later(self, current: Attempt, result: Accepted) -> None:
        """Merge the accepted deliveries of later business dates again, from the archive, in their order."""
        for entry in result.later:
            self.replay(current.delivery, entry)

    def replay(self, delivery: Delivery, entry: LedgerEntry) -> None:
        """Merge one accepted delivery of the same source and authority again, as history has changed below it."""
        self._cursor.execute(
            "select file_name, sha256 from landing.arrived_files where delivery_id = %s", [entry.delivery_id]
        )
        of_its_day = dataclasses.replace(delivery, business_date=entry.business_date)
        with fetched_from_archive(self._archive, self._settings.spool, of_its_day, self._cursor.fetchall()) as again:
            verified = Verifier(again, self._contract, self._limits).verify()
            read = self._reader.read(again, verified, with_measures=False)
            changes = self._history.compare(again, verified.kind, read, is_guarded=False)
            self._history.apply(again, entry.delivery_id, read.entities, changes)
            accounts = row_accounts(read.entities, changes)
            delivery_details.write_accounts(self._cursor, entry.delivery_id, accounts)

    def stand(self, delivery: Delivery, before: LedgerEntry | None, after: LedgerEntry | None) -> int:
        """Let another delivery of a place stand than before, or none; return how many later ones were merged again.

        History is then what it would be had the one that stood before never come (deliveries.md section 9, Dates).
        """
        standing = [] if before is None else [before]
        coming = [] if after is None else [after]
        later = self._history.step_back(delivery, [*standing, *coming][0].kind, standing)
        for entry in [*coming, *later]:
            self.replay(delivery, entry)
        return len(later)

    def land_again(self, current: Attempt, verifier: Verifier, notices: list[str], *, status: DeliveryStatus) -> None:
        """Land a delivery that was accepted before, without guards and in business-date order, for a rebuild.

        One that was superseded or withdrawn gets its ledger, and is not merged.
        """
        delivery = current.delivery
        verified = verifier.verify()
        read = self._reader.read(delivery, verified, contract_sha256=current.contract_sha256)
        changes = self._history.compare(delivery, verified.kind, read, is_guarded=False)
        accounts = row_accounts(read.entities, changes)
        measures = self._measures(delivery, verified.kind).take(read.entities, changes, accounts)
        if status == STANDS:
            self._history.apply(delivery, current.delivery_id, read.entities, changes)
        result = Accepted(verified.kind, verified, read.entities, accounts, measures, notices)
        ledger.insert_accepted(self._cursor, current, kind=result.kind, accounts=accounts, status=status)
        write_details(self._cursor, current, result)

    def _measures(self, delivery: Delivery, kind: str) -> DeliveryMeasures:
        return DeliveryMeasures(self._cursor, self._contract, delivery, kind)
