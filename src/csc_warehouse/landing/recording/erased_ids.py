"""The ids of erased children, as keyed hashes: a row that names one is accepted and not kept, so none comes back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import psycopg

from csc_warehouse.contracts.model import Entity, SourceContract
from csc_warehouse.landing.reading.rows import Block
from csc_warehouse.privacy import pseudonyms
from csc_warehouse.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa


_MANY_PEOPLE = 200_000
"""Answers that are remembered at most: the ids of millions of people would fill the memory."""


@dataclass(frozen=True)
class ErasedId:
    """One tombstone: an id of an erased child in one source and authority, as a keyed hash."""

    source: str
    authority_code: str
    id_hash: str
    key_fingerprint: str
    is_followed: bool
    erasure_id: str

    def record(self) -> dict[str, Any]:
        """Return it as the journal keeps it."""
        return {
            "source": self.source,
            "id_hash": self.id_hash,
            "key_fingerprint": self.key_fingerprint,
            "is_followed": self.is_followed,
        }


def id_hash(key: bytes, source: str, authority_code: str, person_id: str) -> str:
    """Return the keyed hash of a person's canonical id in one source and authority."""
    return pseudonyms.pseudonym(key, "erased", authority_code, source, person_id)


def insert(cursor: psycopg.Cursor, erased: Iterable[ErasedId], erased_at: object = None) -> None:
    """Write erased ids; those that are there stay as they are."""
    cursor.executemany(
        "insert into landing.erased_ids"
        " (source, authority_code, id_hash, key_fingerprint, is_followed, erasure_id, erased_at)"
        " values (%s, %s, %s, %s, %s, %s, coalesce(%s::timestamptz, now())) on conflict do nothing",
        [
            (e.source, e.authority_code, e.id_hash, e.key_fingerprint, e.is_followed, e.erasure_id, erased_at)
            for e in erased
        ],
    )


def journal_record(erasure_id: str, authority_code: str, erased: Iterable[ErasedId], **decision: Any) -> dict[str, Any]:
    """Return the journal's line for ids of an erased child; it holds hashes, and the decision where there is one."""
    listed = [erased_id.record() for erased_id in erased]
    return {"event": "erasure", "erasure_id": erasure_id, "authority_code": authority_code, "ids": listed, **decision}


def from_journal(record: dict[str, Any]) -> list[ErasedId]:
    """Return the erased ids of a journal's line."""
    return [
        ErasedId(
            found["source"],
            record["authority_code"],
            found["id_hash"],
            found["key_fingerprint"],
            found["is_followed"],
            record["erasure_id"],
        )
        for found in record["ids"]
    ]


@dataclass
class ErasedIds:
    """The erased ids that the rows of one source and authority are compared with."""

    contract: SourceContract
    authority_code: str
    keys: dict[str, bytes] = field(default_factory=dict)
    """Keys by fingerprint: only those that an erased id was hashed with."""
    erased: dict[tuple[str, str], ErasedId] = field(default_factory=dict)
    """Erased ids by source and hash."""
    derived: list[ErasedId] = field(default_factory=list)
    """Ids that this delivery showed to be an erased child's: the person row of each states the child's old number."""
    derived_ids: list[str] = field(default_factory=list)
    """The same ids, not hashed."""
    _memo: dict[tuple[str, str], ErasedId | None] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: psycopg.Cursor, settings: Settings, contract: SourceContract, authority_code: str) -> ErasedIds:
        """Read the erased ids that concern a source and authority.

        Raises CscWarehouseError where the key of one is not in the key file: without it the child would come back.
        """
        found = cls(contract, authority_code)
        if not contract.names_people:
            return found
        sources = [contract.source, *(contract.former.sources if contract.former else ())]
        cursor.execute(
            "select source, authority_code, id_hash, key_fingerprint, is_followed, erasure_id from landing.erased_ids"
            " where source = any(%s) and authority_code = %s",
            [sources, authority_code],
        )
        for row in cursor.fetchall():
            erased = ErasedId(*row)
            found.erased[(erased.source, erased.id_hash)] = erased
        wanted = {erased.key_fingerprint for erased in found.erased.values()}
        if wanted:
            held = {pseudonyms.fingerprint(key): key for key in pseudonyms.load_keys(settings)}
            found.keys = {name: held[name] for name in wanted if name in held}
            if len(found.keys) < len(wanted):
                raise pseudonyms.missing_key(settings)
        return found

    def has_grown_since(self, cursor: psycopg.Cursor, delivery_id: int) -> bool:
        """Tell whether a child was erased after a delivery was landed."""
        cursor.execute(
            "select exists (select from landing.erased_ids as e join landing.deliveries as d on d.delivery_id = %s"
            " where e.source = d.source and e.authority_code = d.authority_code and e.erased_at > d.landed_at)",
            [delivery_id],
        )
        row = cursor.fetchone()
        return bool(row and row[0])

    def find(self, source: str, person_id: str) -> ErasedId | None:
        """Return the erased id that a canonical id is, or None where it is not erased."""
        if source == self.contract.source:
            person_id = self.contract.person_id(person_id)
        place = (source, person_id)
        if place not in self._memo:
            if len(self._memo) >= _MANY_PEOPLE:
                self._memo.clear()
            hashes = (id_hash(key, source, self.authority_code, person_id) for key in self.keys.values())
            self._memo[place] = next((self.erased[(source, h)] for h in hashes if (source, h) in self.erased), None)
        return self._memo[place]

    def without_erased(self, entity: Entity, block: Block) -> tuple[Block, int]:
        """Return a block without the rows of erased children, and how many those were.

        A quarantined row of an erased child stays, as a number and a reason, without its text.
        """
        if not self.erased:
            return block, 0
        kept, count = self._accepted(entity, block)
        source = self.contract.source
        quarantined = [
            replace(row, raw_record=None) if any(self.find(source, person) for person in row.people) else row
            for row in block.quarantined
        ]
        return Block(kept.rows, kept.canonical, quarantined), count

    def _accepted(self, entity: Entity, block: Block) -> tuple[Block, int]:
        import pyarrow as pa
        import pyarrow.compute as pc

        if block.rows.num_rows == 0:
            return block, 0
        is_erased = pa.repeat(pa.scalar(False), block.rows.num_rows)
        is_person = entity.name == self.contract.person_entity
        if is_person and self.contract.former is not None:
            is_erased = self._follow(entity, block)
        for column in self.contract.person_columns(entity):
            found = self._matching(self.contract.source, block.canonical[column.name])
            is_erased = pc.or_(is_erased, found)
        count = int(pc.sum(is_erased).as_py() or 0)
        if count == 0:
            return block, 0
        keep = pc.invert(is_erased)
        readable = {name: values.filter(keep) for name, values in block.canonical.items()}
        return Block(block.rows.filter(keep), readable, block.quarantined), count

    def _matching(self, source: str, values: Any) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        people = pc.unique(values).to_pylist()
        erased = [person for person in people if person and self.find(source, person)]
        return pc.is_in(_flat(values), value_set=pa.array(erased, pa.string()))

    def _follow(self, entity: Entity, block: Block) -> pa.Array:
        """Return which person rows name an erased row of an earlier system; their own ids are erased with it.

        A row may name one of its own system, and that one an erased one: it is looked until nobody more is found.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        former = self.contract.former
        assert former is not None  # noqa: S101  (the caller looked)
        named = _flat(block.canonical[former.column])
        own = _flat(block.canonical[entity.key[0]])
        stated = {text: former.parts(text) for text in pc.unique(named).to_pylist() if text}
        is_followed = pa.array([False] * len(named), pa.bool_())
        known = -1
        while known != len(self.derived):
            known = len(self.derived)
            found = {text: self.find(*part) for text, part in stated.items() if part is not None}
            followed = {text: erased for text, erased in found.items() if erased is not None and erased.is_followed}
            is_followed = pc.is_in(named, value_set=pa.array(list(followed), pa.string()))
            for place in pa.table({"named": named, "own": own}).filter(is_followed).to_pylist():
                self._derive(place["own"], followed[place["named"]])
        return is_followed

    def _derive(self, person_id: str, origin: ErasedId) -> None:
        source = self.contract.source
        if self.find(source, person_id) is not None:
            return
        key = self.keys[origin.key_fingerprint]
        hashed = id_hash(key, source, self.authority_code, person_id)
        erased = replace(origin, source=source, id_hash=hashed)
        self.erased[(source, hashed)] = erased
        self._memo[(source, person_id)] = erased
        self.derived.append(erased)
        self.derived_ids.append(person_id)


def _flat(values: Any) -> pa.Array:
    import pyarrow as pa

    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
