"""Erased children out of what was built and stored, where a way back to an earlier moment has brought them back."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.landing.history import tables
from csc_warehouse.landing.history.person_removal import canonical_sql
from csc_warehouse.landing.recording import erased_ids
from csc_warehouse.privacy import pseudonyms, published_erasure
from csc_warehouse.settings import Settings


def remove_erased(
    cursor: psycopg.Cursor, settings: Settings, contracts: Mapping[str, SourceContract]
) -> dict[str, int]:
    """Delete what was built of children whose ids are tombstones, stored releases included; return rows by relation.

    A tombstone is a hash, so every id that a table names is hashed and compared. Called while landing is as it was:
    only there stands which rows a source with references of its own had of a child. Raises CscWarehouseError where a
    key that tombstones were made with is gone.
    """
    cursor.execute("select source, authority_code, id_hash, key_fingerprint from landing.erased_ids")
    erased = cursor.fetchall()
    removed: dict[str, int] = {}
    if not erased:
        return removed
    match = _Match({tuple(row) for row in erased}, _keys(settings, {row[3] for row in erased}))
    own = {name for name, contract in contracts.items() if contract.person_entity is None}
    for source in sorted(own):
        places = _places(cursor, contracts[source], match) if contracts[source].names_people else {}
        for authority, found in places.items():
            _add(removed, published_erasure.remove_records(cursor, authority, found))
    people: dict[str, set[str]] = {}
    for authority, person in published_erasure.named_people(cursor, sorted({row[1] for row in erased})):
        # the reference of such a source may be somebody's number in a case system
        if match.finds(authority, person, besides=own):
            people.setdefault(authority, set()).add(person)
    keys = pseudonyms.load_keys(settings)
    for authority, ids in people.items():
        # a pseudonym may outlive the table of pseudonyms in a release that was stored long ago
        made = {pseudonyms.child_key(key, authority, person) for key in keys for person in ids}
        _add(removed, published_erasure.remove_child(cursor, authority, sorted(ids | made)))
    return removed


class _Match:
    """Compares ids with tombstones."""

    def __init__(self, erased: set[tuple[str, ...]], keys: Mapping[str, bytes]) -> None:
        self._erased = erased
        self._keys = keys
        self._made = sorted({(authority, source, fingerprint) for source, authority, _, fingerprint in erased})

    def has_source(self, source: str) -> bool:
        return any(source == found for _, found, _ in self._made)

    def finds(
        self, authority: str, person: str, *, only: str | None = None, besides: frozenset[str] | set[str] = frozenset()
    ) -> bool:
        """Tell whether an id is one of an erased child's, in one source or in all but some."""
        return any(
            (source, authority, erased_ids.id_hash(self._keys[name], source, authority, person), name) in self._erased
            for of, source, name in self._made
            if of == authority and source not in besides and only in (None, source)
        )


def _keys(settings: Settings, wanted: set[str]) -> dict[str, bytes]:
    held = {pseudonyms.fingerprint(key): key for key in pseudonyms.load_keys(settings)}
    if not wanted <= set(held):
        raise pseudonyms.missing_key(settings)
    return held


def _places(cursor: psycopg.Cursor, contract: SourceContract, match: _Match) -> dict[str, list[tuple[int, int]]]:
    """Return by authority the rows of a source that name an erased child, by delivery and record number."""
    found: dict[str, list[tuple[int, int]]] = {}
    for entity in contract.entities.values() if match.has_source(contract.source) else ():
        for column in contract.person_columns(entity):
            cursor.execute(
                sql.SQL("select authority_code, {}, delivery_id, record_number from landing.{}").format(
                    canonical_sql(column), sql.Identifier(tables.table_name(contract.source, entity.name))
                )
            )
            for authority, person, delivery_id, number in cursor.fetchall():
                if person and match.finds(authority, person, only=contract.source):
                    found.setdefault(authority, []).append((delivery_id, number))
    return found


def _add(total: dict[str, int], more: Mapping[str, int]) -> None:
    for relation, rows in more.items():
        total[relation] = total.get(relation, 0) + rows
