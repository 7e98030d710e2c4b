"""Erasing a child: its ids as keyed hashes into ledger and journal, and its rows out of what has landed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.contracts.names import WHITESPACE
from csc_warehouse.errors import UsageError
from csc_warehouse.landing.history import tables
from csc_warehouse.landing.history.person_removal import canonical_sql, remove_people
from csc_warehouse.landing.keeping import rectification
from csc_warehouse.landing.keeping.identities import Identities
from csc_warehouse.landing.lost_database import database_needed, one_transaction
from csc_warehouse.landing.recording import erased_ids, ledger
from csc_warehouse.landing.recording.journal import Journal
from csc_warehouse.landing.recording.pseudonym_key import require_key
from csc_warehouse.privacy import pseudonyms
from csc_warehouse.warehouse import Warehouse

RemoveBuilt = Callable[[psycopg.Cursor, str, list[str]], dict[str, int]]
"""Removes a child from what was built and published; takes cursor, authority and ids, returns rows by relation."""
RemoveRecords = Callable[[psycopg.Cursor, str, list[tuple[int, int]]], dict[str, int]]
"""Does the same for rows of landing, given by delivery and record number."""


@dataclass
class ErasureSummary:
    """What was erased, without a word about who."""

    erasure_id: str
    authority_code: str
    ids: int
    """Ids under which the sources know the child."""
    removed: dict[str, int] = field(default_factory=dict)
    """How many rows of each relation: the proof."""

    def __str__(self) -> str:
        """Return it as sentences."""
        rows = sum(self.removed.values())
        return (
            f"Erasure {self.erasure_id}: {rows} rows of one child, known by {self.ids} ids, were removed from "
            f"{len(self.removed)} relations of {self.authority_code}. Deliveries and the archive no longer bring them "
            "back. Figures change with the next run; backups made before today still hold the child."
        )


def erase(
    warehouse: Warehouse,
    child: str,
    *,
    by: str,
    reason: str,
    authority_code: str | None = None,
    elsewhere: RemoveBuilt | None = None,
) -> ErasureSummary:
    """Erase a child, given by an id of any source or by its pseudonym, for ever; one transaction.

    Raises UsageError where nobody is known by that id, or children of several authorities are.
    """
    if not by.strip() or not reason.strip():
        raise UsageError("A child is erased by a named person for a stated reason: give both --by and --reason.")
    with database_needed():
        tables.sync(warehouse)
        require_key(warehouse)
        with one_transaction(warehouse) as cursor:
            return _Erasure(warehouse, cursor).run(child, by.strip(), reason.strip(), authority_code, elsewhere)


def erase_reference(
    warehouse: Warehouse,
    reference: str,
    *,
    source: str,
    by: str,
    reason: str,
    elsewhere: RemoveRecords | None = None,
) -> ErasureSummary:
    """Erase what a source has of a child under a reference that only this source uses, for ever; one transaction.

    No case system knows that reference, so that nothing else about the child is found by it. Raises UsageError if the
    source has none such, or names nobody by it.
    """
    if not by.strip() or not reason.strip():
        raise UsageError("A child is erased by a named person for a stated reason: give both --by and --reason.")
    contracts = load_contracts(warehouse.settings.config.sources)
    own = sorted(name for name, found in contracts.items() if found.person_entity is None and found.names_people)
    if source not in own:
        raise UsageError(
            f"--source is for sources that name children by references of their own ({', '.join(own) or 'none'}); "
            "leave it out for a child of a case system."
        )
    with database_needed():
        tables.sync(warehouse)
        require_key(warehouse)
        with one_transaction(warehouse) as cursor:
            erasure = _Erasure(warehouse, cursor)
            return erasure.run_reference(contracts[source], reference, by.strip(), reason.strip(), elsewhere)


class _Erasure:
    def __init__(self, warehouse: Warehouse, cursor: psycopg.Cursor) -> None:
        self._settings = warehouse.settings
        self._cursor = cursor
        contracts = load_contracts(warehouse.settings.config.sources)
        self._contracts = {name: found for name, found in contracts.items() if found.person_entity is not None}
        self._every = contracts
        self._identities = Identities(cursor, contracts)
        self._decisions: list[str] = []
        self._rectified: dict[str, int] = {}

    def run(
        self, child: str, by: str, reason: str, authority_code: str | None, elsewhere: RemoveBuilt | None
    ) -> ErasureSummary:
        authority, ids = self._identities.known_ids(child, authority_code)
        for source in ids:
            ledger.lock(self._cursor, source, authority)
        is_followed = not any(
            self._identities.was_adopted(self._contracts[source], authority, ids[source]) for source in ids
        )
        self._remove_rectifications(authority, ids)
        removed = dict(self._rectified)
        for source, people in ids.items():
            _add(removed, remove_people(self._cursor, self._contracts[source], authority, sorted(people)))
        if elsewhere is not None:
            every = sorted({person for people in ids.values() for person in people})
            _add(removed, elsewhere(self._cursor, authority, every))
        return self._record(authority, ids, removed, by, reason, is_followed=is_followed)

    def run_reference(
        self, contract: SourceContract, reference: str, by: str, reason: str, elsewhere: RemoveRecords | None
    ) -> ErasureSummary:
        person = contract.person_id(reference.strip(WHITESPACE))
        found = sorted(self._identities.authorities_with(contract, person)) if person else []
        if not found:
            raise UsageError(f"No row of {contract.title} names a child by that reference.")
        # returns are of the home authority alone, so there is only one
        authority = found[0]
        ledger.lock(self._cursor, contract.source, authority)
        self._remove_rectifications(authority, {contract.source: {person}})
        removed = dict(self._rectified)
        if elsewhere is not None:
            _add(removed, elsewhere(self._cursor, authority, self._places(contract, authority, person)))
        _add(removed, remove_people(self._cursor, contract, authority, [person]))
        return self._record(authority, {contract.source: {person}}, removed, by, reason, is_followed=False)

    def _remove_rectifications(self, authority: str, ids: dict[str, set[str]]) -> None:
        """Delete what people set right in the child's rows, and remember whose files are to go."""
        self._decisions, self._rectified = rectification.remove_people(self._cursor, self._every, authority, ids)

    def _places(self, contract: SourceContract, authority: str, person: str) -> list[tuple[int, int]]:
        """Return delivery and record number of each row that names a person."""
        places = []
        for entity in contract.entities.values():
            for column in contract.person_columns(entity):
                self._cursor.execute(
                    sql.SQL(
                        "select delivery_id, record_number from landing.{} where authority_code = %s and {} = %s"
                    ).format(sql.Identifier(tables.table_name(contract.source, entity.name)), canonical_sql(column)),
                    [authority, person],
                )
                places += [(delivery_id, number) for delivery_id, number in self._cursor.fetchall()]
        return places

    def _record(
        self,
        authority: str,
        ids: dict[str, set[str]],
        removed: dict[str, int],
        by: str,
        reason: str,
        *,
        is_followed: bool,
    ) -> ErasureSummary:
        """Write the erased ids and the proof to ledger and journal."""
        erasure_id = secrets.token_hex(8)
        key = pseudonyms.load_key(self._settings)
        erased = [
            erased_ids.ErasedId(
                source,
                authority,
                erased_ids.id_hash(key, source, authority, person),
                pseudonyms.fingerprint(key),
                is_followed,
                erasure_id,
            )
            for source, people in ids.items()
            for person in sorted(people)
        ]
        summary = ErasureSummary(erasure_id, authority, len(erased), removed)
        erased_ids.insert(self._cursor, erased)
        self._cursor.execute("select now()")
        erased_at = self._cursor.fetchall()[0][0].isoformat()
        decision: dict[str, Any] = {
            "erased_by": by,
            "reason": reason,
            "erased_at": erased_at,
            "removed": summary.removed,
        }
        if self._decisions:
            decision["rectifications"] = self._decisions
        record = erased_ids.journal_record(erasure_id, authority, erased, **decision)
        insert_erasure(self._cursor, record)
        # before the commit: a rebuild would bring back whom the journal lacks
        Journal(self._settings.archive).append(record)
        rectification.remove_files(self._settings.archive, self._decisions)
        return summary


def _add(total: dict[str, int], more: Mapping[str, int]) -> None:
    for relation, rows in more.items():
        total[relation] = total.get(relation, 0) + rows


def insert_erasure(cursor: psycopg.Cursor, record: Mapping[str, Any]) -> None:
    """Write an erasure from its journal line: who decided, the erased ids, and the proof; what is there stays."""
    erased_ids.insert(cursor, erased_ids.from_journal(dict(record)), record.get("erased_at"))
    if "erased_by" not in record:
        # an id that a later delivery brought to an erasure that has its line already
        return
    cursor.execute(
        "insert into landing.erasures (erasure_id, authority_code, erased_by, reason, erased_at)"
        " values (%s, %s, %s, %s, %s) on conflict do nothing",
        [record[name] for name in ("erasure_id", "authority_code", "erased_by", "reason", "erased_at")],
    )
    cursor.executemany(
        "insert into landing.erasure_proofs (erasure_id, relation, rows_removed, removed_at)"
        " values (%s, %s, %s, %s) on conflict do nothing",
        [(record["erasure_id"], name, rows, record["erased_at"]) for name, rows in record["removed"].items()],
    )
