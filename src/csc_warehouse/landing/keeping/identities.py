"""Who a child is: every id under which the sources know it, from one of them or from its pseudonym."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

from csc_warehouse.contracts import canonical
from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.errors import UsageError
from csc_warehouse.landing.history import tables
from csc_warehouse.landing.history.person_removal import canonical_sql

ADOPTED = "ADOPTED"
"""The end of care after which an old number need not be followed."""


class Identities:
    """Looks children up in what has landed and what was built of it."""

    def __init__(self, cursor: psycopg.Cursor, contracts: Mapping[str, SourceContract]) -> None:
        """Take the cursor, and the contracts of the sources in use by name."""
        self._cursor = cursor
        self._contracts = {name: found for name, found in contracts.items() if found.person_entity is not None}

    def known_ids(self, child: str, authority_code: str | None) -> tuple[str, dict[str, set[str]]]:
        """Return the authority and, by source, every id under which the child is known there.

        child: a number or GUID of a case system, or a child_key. Raises UsageError where nobody is known by it, or
        children of several authorities are.
        """
        found: dict[str, dict[str, set[str]]] = {}
        for contract in self._contracts.values():
            person = _canonical_id(contract, child)
            for authority in self.authorities_with(contract, person) if person else ():
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

    def authorities_with(self, contract: SourceContract, person: str) -> set[str]:
        """Return the authorities of whose rows one names a person."""
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
        every = {child.strip(), *(_canonical_id(contract, child) for contract in self._contracts.values())}
        wanted = sorted(every - {""})
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
        """Add the persons of later systems who state one of these numbers, unless it was an adopted child's.

        Who states a number may be named by somebody in turn: of a third system, or of its own.
        """
        known = -1
        while known != sum(map(len, ids.values())):
            known = sum(map(len, ids.values()))
            for contract in self._contracts.values():
                found = self._naming(contract, authority, ids)
                if found:
                    ids.setdefault(contract.source, set()).update(found)

    def _naming(self, contract: SourceContract, authority: str, ids: Mapping[str, set[str]]) -> set[str]:
        """Return the persons of a system whose rows name one of these as the row that they stand for."""
        former = contract.former
        if former is None or contract.person_entity is None:
            return set()
        wanted = [
            former.text(source, person)
            for source in former.sources
            if ids.get(source) and not self.was_adopted(self._contracts[source], authority, ids[source])
            for person in sorted(ids[source])
        ]
        entity = contract.entities[contract.person_entity]
        self._cursor.execute(
            sql.SQL("select distinct row_key from landing.{} where authority_code = %s and {} = any(%s)").format(
                sql.Identifier(tables.table_name(contract.source, entity.name)),
                canonical_sql(entity.by_name[former.column]),
            ),
            [authority, wanted],
        )
        return {row[0] for row in self._cursor.fetchall()}

    def was_adopted(self, contract: SourceContract, authority: str, people: set[str]) -> bool:
        """Tell whether a child's care ended in adoption: a person with the old number then need not be that child."""
        for entity in contract.entities.values():
            persons = contract.person_columns(entity)
            for column in entity.columns:
                if column.list_name != "care_end_reason" or not persons:
                    continue
                entries = contract.code_lists[column.list_name]
                self._cursor.execute(
                    sql.SQL(
                        "select exists (select from landing.{} where authority_code = %s and {} = any(%s)"
                        " and landing.canonical_name({}) = any(%s))"
                    ).format(
                        sql.Identifier(tables.table_name(contract.source, entity.name)),
                        canonical_sql(persons[0]),
                        sql.Identifier(column.name),
                    ),
                    [authority, sorted(people), [canonical_name(e.sent) for e in entries if e.means == ADOPTED]],
                )
                if self._cursor.fetchall()[0][0]:
                    return True
        return False


def _canonical_id(contract: SourceContract, child: str) -> str:
    """Return a text as an id of this source; blank where none of its ids has that form."""
    entity = contract.entities[contract.person_entity or ""]
    read = canonical.canonical_function(entity.by_name[entity.key[0]], contract.text)(child)
    return "" if read == canonical.UNREADABLE else read
