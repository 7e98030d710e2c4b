"""Erasing a child: its ids as keyed hashes into ledger and journal, and its rows out of what has landed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from csc_warehouse.contracts import canonical, load_contracts
from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.contracts.names import WHITESPACE
from csc_warehouse.errors import UsageError
from csc_warehouse.landing.history import tables
from csc_warehouse.landing.history.person_removal import canonical_sql, remove_people
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

    def run(
        self, child: str, by: str, reason: str, authority_code: str | None, elsewhere: RemoveBuilt | None
    ) -> ErasureSummary:
        authority, ids = self._known_ids(child, authority_code)
        for source in ids:
            ledger.lock(self._cursor, source, authority)
        is_followed = not any(self._was_adopted(self._contracts[source], authority, ids[source]) for source in ids)
        removed: dict[str, int] = {}
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
        found = sorted(self._authorities_with(contract, person)) if person else []
        if not found:
            raise UsageError(f"No row of {contract.title} names a child by that reference.")
        # returns are of the home authority alone, so there is only one
        authority = found[0]
        ledger.lock(self._cursor, contract.source, authority)
        removed: dict[str, int] = {}
        if elsewhere is not None:
            _add(removed, elsewhere(self._cursor, authority, self._places(contract, authority, person)))
        _add(removed, remove_people(self._cursor, contract, authority, [person]))
        return self._record(authority, {contract.source: {person}}, removed, by, reason, is_followed=False)

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
        decision = {"erased_by": by, "reason": reason, "erased_at": erased_at, "removed": summary.removed}
        record = erased_ids.journal_record(erasure_id, authority, erased, **decision)
        insert_erasure(self._cursor, record)
        # before the commit: a rebuild would bring back whom the journal lacks
        Journal(self._settings.archive).append(record)
        return summary

    def _known_ids(self, child: str, authority_code: str | None) -> tuple[str, dict[str, set[str]]]:
        """Return the authority and, by source, every id under which the child is known there."""
        found: dict[str, dict[str, set[str]]] = {}
        for contract in self._contracts.values():
            person = _canonical_id(contract, child)
            for authority in self._authorities_with(contract, person):
                found.setdefault(authority, {}).setdefault(contract.source, set()).add(person)
        for authority, source, person in self._built_identity(child):
            found.setdefault(authority, {}).setdefault(source, set()).add(person)
        if authority_code is not None:
            found = {authority: ids for authority, ids in found.items() if authority == authority_code}
        if not found:
            raise UsageError(
                "No child is known by that id: give the number or GUID as a case system has it, or the child_key."
            )
        if len(found) > 1:
            raise UsageError(
                f"Children of several authorities have that id ({', '.join(sorted(found))}): give --authority."
            )
        (authority, ids) = found.popitem()
        for person in sorted({person for people in ids.values() for person in people}):
            for other, source, linked in self._built_identity(person):
                if other == authority:
                    ids.setdefault(source, set()).add(linked)
        self._add_successors(authority, ids)
        return authority, ids

    def _authorities_with(self, contract: SourceContract, person: str) -> set[str]:
        authorities: set[str] = set()
        for entity in contract.entities.values():
            for column in contract.person_columns(entity):
                self._cursor.execute(
                    sql.SQL("select distinct authority_code from landing.{} where {} = %s").format(
                        sql.Identifier(tables.table_name(contract.source, entity.name)), canonical_sql(column)
                    ),
                    [person],
                )
                authorities.update(row[0] for row in self._cursor.fetchall())
        return authorities

    def _built_identity(self, child: str) -> list[tuple[str, str, str]]:
        """Return (authority, source, id) of the child that the last build knew by an id or a pseudonym."""
        self._cursor.execute(
            "select to_regclass('intermediate.int_children') is not null and to_regclass('restricted.child_keys')"
            " is not null"
        )
        if not self._cursor.fetchall()[0][0]:
            return []
        wanted = sorted({child.strip(), *(_canonical_id(contract, child) for contract in self._contracts.values())})
        self._cursor.execute(
            "with wanted as ("
            " select authority_code, canonical_child_id from intermediate.int_children where child_id = any(%(ids)s)"
            " union select authority_code, canonical_child_id from restricted.child_keys"
            " where child_key = any(%(ids)s) or canonical_child_id = any(%(ids)s))"
            " select c.authority_code, c.source_name, c.child_id from intermediate.int_children as c join wanted"
            " using (authority_code, canonical_child_id)",
            {"ids": wanted},
        )
        return [(a, s, i) for a, s, i in self._cursor.fetchall() if s in self._contracts]

    def _add_successors(self, authority: str, ids: dict[str, set[str]]) -> None:
        """Add the persons of a later system who state one of these numbers, unless it was an adopted child's."""
        for contract in self._contracts.values():
            before = contract.predecessor
            if before is None or contract.person_entity is None or not ids.get(before.source):
                continue
            if self._was_adopted(self._contracts[before.source], authority, ids[before.source]):
                continue
            entity = contract.entities[contract.person_entity]
            self._cursor.execute(
                sql.SQL("select distinct row_key from landing.{} where authority_code = %s and {} = any(%s)").format(
                    sql.Identifier(tables.table_name(contract.source, entity.name)),
                    canonical_sql(entity.by_name[before.column]),
                ),
                [authority, sorted(ids[before.source])],
            )
            ids.setdefault(contract.source, set()).update(row[0] for row in self._cursor.fetchall())
            if not ids[contract.source]:
                del ids[contract.source]

    def _was_adopted(self, contract: SourceContract, authority: str, people: set[str]) -> bool:
        """Tell whether a child's care ended in adoption: a person with the old number then need not be that child."""
        for entity in contract.entities.values():
            persons = contract.person_columns(entity)
            for column in entity.columns:
                if column.list_name != "care_end_reason" or not persons:
                    continue
                self._cursor.execute(
                    sql.SQL(
                        "select exists (select from landing.{} where authority_code = %s and {} = any(%s)"
                        " and landing.canonical_name({}) = 'ADOPTED')"
                    ).format(
                        sql.Identifier(tables.table_name(contract.source, entity.name)),
                        canonical_sql(persons[0]),
                        sql.Identifier(column.name),
                    ),
                    [authority, sorted(people)],
                )
                if self._cursor.fetchall()[0][0]:
                    return True
        return False


def _canonical_id(contract: SourceContract, child: str) -> str:
    entity = contract.entities[contract.person_entity or ""]
    return canonical.canonical_function(entity.by_name[entity.key[0]], contract.text)(child)


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
