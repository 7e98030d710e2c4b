"""An operator's decision to take an accepted delivery back, or to undo that: recorded with a name, then carried out.

Ledger and history change in one transaction; before it ends, the decision is written to the journal. A kill between
the two leaves the delivery as it was; the next decision about its place first carries out what the journal has and the
ledger lacks. The same command, run again, ends as if it had never been killed; a decision made already changes nothing.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import psycopg

from csc_warehouse.contracts import load_contracts
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.landing.history import tables
from csc_warehouse.landing.lost_database import database_needed, one_transaction
from csc_warehouse.landing.merging.merge import Merge
from csc_warehouse.landing.recording import ledger
from csc_warehouse.landing.recording.archive import Archive
from csc_warehouse.landing.recording.delivery_status import EVENT, PLACE, STANDS, decisions_in_force, place_of, statuses
from csc_warehouse.landing.recording.erased_ids import journal_record
from csc_warehouse.landing.recording.journal import Journal
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.sources.delivery import Delivery
from csc_warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class WithdrawalSummary:
    """What a withdrawal, or its undoing, changed."""

    delivery_id: int
    label: str
    is_undone: bool
    status: str
    """What the delivery is now."""
    standing: int | None
    """The delivery of its business date that row history is made of now."""
    replayed: int
    """Later deliveries that were merged again."""
    is_changed: bool = True
    """False: it had been decided before."""

    def __str__(self) -> str:
        """Return it as a sentence."""
        if not self.is_changed:
            return f"Delivery {self.delivery_id} ({self.label}) is {self.status} already: nothing was changed."
        if self.is_undone:
            now = "and stands again" if self.standing == self.delivery_id else f"and is {self.status}"
            said = f"The withdrawal of delivery {self.delivery_id} ({self.label}) is undone, {now}"
        else:
            said = f"Delivery {self.delivery_id} ({self.label}) is withdrawn"
            said += f", delivery {self.standing} stands again" if self.standing is not None else ""
        again = "1 later delivery was" if self.replayed == 1 else f"{self.replayed} later deliveries were"
        return f"{said}; {again} merged again on top. The next build shows it."


def withdraw(warehouse: Warehouse, *, delivery_id: int, by: str, reason: str) -> WithdrawalSummary:
    """Take an accepted delivery back; row history is then what it would be without it.

    What it had superseded stands again; the same content for its day is not landed again until this is undone, other
    content is judged as ever (deliveries.md section 9, Dates). Raises UsageError where name or reason is blank, or the
    delivery is not an accepted one, CscWarehouseError where the archive lacks what must be merged again.
    """
    return _decide(warehouse, delivery_id, by, reason, is_undone=False)


def undo_withdrawal(warehouse: Warehouse, *, delivery_id: int, by: str, reason: str) -> WithdrawalSummary:
    """Let a withdrawn delivery count again, as if it had never been taken back. Raises the same."""
    return _decide(warehouse, delivery_id, by, reason, is_undone=True)


def insert_withdrawal(cursor: psycopg.Cursor, record: dict[str, Any]) -> None:
    """Write a decision from its journal line."""
    columns = (
        "delivery_id",
        *PLACE,
        "content_sha256",
        "is_undone",
        "decided_by",
        "reason",
        "decided_at",
    )
    cursor.execute(
        f"insert into landing.withdrawals ({', '.join(columns)}) values ({', '.join(['%s'] * len(columns))})",
        [record[name] for name in columns],
    )


def _decide(warehouse: Warehouse, delivery_id: int, by: str, reason: str, *, is_undone: bool) -> WithdrawalSummary:
    if not by.strip() or not reason.strip():
        raise UsageError("A delivery is taken back by a named person for a stated reason: give both --by and --reason.")
    with database_needed():
        tables.sync(warehouse)
        with one_transaction(warehouse) as cursor:
            return _Withdrawal(warehouse, cursor, delivery_id).decide(by.strip(), reason.strip(), is_undone=is_undone)


class _Withdrawal:
    """One decision, within one transaction."""

    def __init__(self, warehouse: Warehouse, cursor: psycopg.Cursor, delivery_id: int) -> None:
        self._cursor = cursor
        self._delivery_id = delivery_id
        self._settings = warehouse.settings
        self._archive = Archive(warehouse.settings.archive)
        self._delivery = self._place()
        contract = load_contracts(warehouse.settings.config.sources).get(self._delivery.source)
        if contract is None:
            raise UsageError(
                f"The source {self._delivery.source} is not in use: add it to `sources` in the configuration."
            )
        self._contract = contract
        ledger.lock(cursor, self._delivery.source, self._delivery.authority_code)
        self._landed = self._accepted_once()

    def _accepted_once(self) -> list[ledger.LedgerEntry]:
        return [entry for entry in ledger.attempts(self._cursor, self._delivery) if entry.status != "refused"]

    def _place(self) -> Delivery:
        self._cursor.execute(
            "select source, authority_code, name, business_date, status from landing.deliveries where delivery_id = %s",
            [self._delivery_id],
        )
        row = self._cursor.fetchone()
        if row is None:
            raise UsageError(ledger.no_delivery(self._cursor, self._delivery_id))
        source, authority_code, name, business_date, status = row
        if status == "refused":
            raise UsageError(
                f"Delivery {self._delivery_id} was refused: nothing of it was let in, so there is nothing to take back."
            )
        return Delivery(source, authority_code, name, business_date, "", ())

    def decide(self, by: str, reason: str, *, is_undone: bool) -> WithdrawalSummary:
        journal = Journal(self._settings.archive)
        merging = Merge(self._cursor, self._settings, self._contract, self._archive)
        self._finish_broken_off(journal.read(), merging)
        entry = next(entry for entry in self._landed if entry.delivery_id == self._delivery_id)
        if self._is_decided(entry, is_undone=is_undone):
            _journal_derived(journal, merging)
            return self._summary(entry.status, is_undone=is_undone, is_changed=False)
        self._require(entry, is_undone=is_undone)
        self._cursor.execute("select now()")
        record = self._record(entry, by, reason, self._cursor.fetchall()[0][0], is_undone=is_undone)
        insert_withdrawal(self._cursor, record)
        summary = self._restate(merging, is_undone=is_undone)
        # before the commit: a rebuild would undo what the journal lacks
        _journal_derived(journal, merging)
        journal.append(record)
        return summary

    def _finish_broken_off(self, records: list[dict[str, Any]], merging: Merge) -> None:
        """Carry out decisions about this place that the journal has and the ledger, after a kill, lacks."""
        delivery = self._delivery
        place = (delivery.source, delivery.authority_code, delivery.name, delivery.business_date.isoformat())
        journalled = {
            record["content_sha256"]: record for record in decisions_in_force(records) if place_of(record) == place
        }
        known = ledger.decided_contents(self._cursor, delivery)
        missing = [record for content, record in journalled.items() if known.get(content) != record["is_undone"]]
        for record in missing:
            insert_withdrawal(self._cursor, record)
        if missing:
            self._restate(merging, is_undone=False)
            self._landed = self._accepted_once()

    def _is_decided(self, entry: ledger.LedgerEntry, *, is_undone: bool) -> bool:
        return ledger.decided_contents(self._cursor, self._delivery).get(entry.content_sha256) == is_undone

    def _require(self, entry: ledger.LedgerEntry, *, is_undone: bool) -> None:
        number = f"Delivery {entry.delivery_id}"
        if is_undone and entry.status != "withdrawn":
            raise UsageError(f"{number} is {entry.status}, not withdrawn: there is nothing to undo.")
        if not is_undone and entry.status != "accepted":
            standing = next((each.delivery_id for each in self._landed if each.status == "accepted"), None)
            raise UsageError(
                f"{number} is {entry.status} ({entry.reason}): no figure uses it. The one of its business date that "
                f"counts is delivery {standing}."
            )

    def _record(
        self, entry: ledger.LedgerEntry, by: str, reason: str, decided_at: datetime.datetime, *, is_undone: bool
    ) -> dict[str, Any]:
        return {
            "event": EVENT,
            "delivery_id": entry.delivery_id,
            "source": self._delivery.source,
            "authority_code": self._delivery.authority_code,
            "name": self._delivery.name,
            "business_date": self._delivery.business_date.isoformat(),
            "content_sha256": entry.content_sha256,
            "is_undone": is_undone,
            "decided_by": by,
            "reason": reason,
            "decided_at": decided_at.isoformat(),
        }

    def _restate(self, merging: Merge, *, is_undone: bool) -> WithdrawalSummary:
        """Write the status of each delivery of the place, and history anew where another one stands than before."""
        found = statuses(self._landed, ledger.withdrawn_contents(self._cursor, self._delivery))
        before = next((entry for entry in self._landed if entry.status == "accepted"), None)
        after = next((e for e, status in zip(self._landed, found, strict=True) if status == STANDS), None)
        # only one may stand at a time: the one that no longer does is written first
        for entry, status in sorted(zip(self._landed, found, strict=True), key=lambda pair: pair[1] == STANDS):
            ledger.write_status(self._cursor, entry.delivery_id, status)
        later = 0
        if before != after:
            if after is not None:
                self._require_files(after)
            later = self._stand(merging, before, after)
        own = found[[entry.delivery_id for entry in self._landed].index(self._delivery_id)].status
        standing = None if after is None else after.delivery_id
        return self._summary(own, is_undone=is_undone, standing=standing, replayed=later)

    def _summary(
        self,
        status: str,
        *,
        is_undone: bool,
        standing: int | None = None,
        replayed: int = 0,
        is_changed: bool = True,
    ) -> WithdrawalSummary:
        return WithdrawalSummary(
            self._delivery_id, self._delivery.label, is_undone, status, standing, replayed, is_changed
        )

    def _stand(self, merging: Merge, before: ledger.LedgerEntry | None, after: ledger.LedgerEntry | None) -> int:
        try:
            return merging.stand(self._delivery, before, after)
        except Refusal as refusal:
            # it was accepted under an earlier contract, and this one cannot read it
            raise CscWarehouseError(
                f"{refusal.sentence(self._delivery)} The contract of {self._delivery.source} has changed since it was "
                "accepted: make it read that delivery again, or the history cannot be made without this one."
            ) from refusal

    def _require_files(self, entry: ledger.LedgerEntry) -> None:
        self._cursor.execute(
            "select max(removed_at)::date from landing.retention_proofs"
            " where delivery_id = %s and holding <> 'refused'",
            [entry.delivery_id],
        )
        removed = self._cursor.fetchall()[0][0]
        if removed is not None:
            raise UsageError(
                f"Delivery {entry.delivery_id} would stand again, and retention removed its files on {removed}: ask "
                "the supplier to send what is right for that business date, it replaces what stands now."
            )


def _journal_derived(journal: Journal, merging: Merge) -> None:
    """Write to the journal the ids of erased children that were met when deliveries were merged again."""
    for erased in merging.derived:
        journal.append(journal_record(erased.erasure_id, erased.authority_code, [erased]))
