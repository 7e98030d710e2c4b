"""Rows on their way: what one entity's file holds, and why a row of it cannot be read."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from csc_warehouse.contracts import canonical
from csc_warehouse.contracts.model import Column, Entity, SourceContract

if TYPE_CHECKING:
    import pyarrow as pa

VALUE_END = "\x1f"
KEY_JOINER = "|"
LONGEST_FIELD = 1024**2
"""Characters that any value may have, unless the configuration says otherwise (deliveries.md section 9, Limits)."""
HASH_WIDTH = 16
"""Hexadecimal digits: 64 bits, of which only two versions of one row are ever compared."""
REASON_CODES = (
    "field_count",
    "undefined_byte",
    "missing_key",
    "unreadable_date",
    "unreadable_number",
    "value_too_long",
    "wrong_authority",
    "duplicate_key",
)
"""In the order in which the first that applies is given (deliveries.md section 7, Rows)."""


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be read: code, column and a reason in words that holds no value."""

    reason_code: str
    reason: str
    column_name: str | None = None


@dataclass(frozen=True)
class QuarantinedRow:
    """One row apart: its place as a spreadsheet shows it, why, its text, and its key where that could be read."""

    record_number: int
    problem: Problem
    raw_record: str | None
    """None: the row is an erased child's."""
    row_key: str | None = None
    people: tuple[str, ...] = ()
    """Canonical ids of persons that it names, as far as they can be read."""


@dataclass
class Block:
    """Rows of one stretch of a file: those that can be read, as sent and canonical, and those that cannot."""

    rows: pa.Table
    """The contract's columns as sent, then record_number, row_key, row_hash."""
    canonical: dict[str, pa.ChunkedArray | pa.Array]
    """The same rows' canonical text by column; only what the measures need."""
    quarantined: list[QuarantinedRow] = field(default_factory=list)

    @property
    def row_count(self) -> int:
        """Return the rows of this stretch, readable and not."""
        return int(self.rows.num_rows) + len(self.quarantined)


@dataclass(frozen=True)
class RowRules:
    """All that it takes to judge a row of one entity, made once per file."""

    contract: SourceContract
    entity: Entity
    authority_code: str
    business_date: datetime.date
    functions: tuple[Callable[[str], str], ...]
    key_positions: tuple[int, ...]
    authority_position: int | None
    person_positions: tuple[int, ...] = ()
    longest_field: int = LONGEST_FIELD

    @classmethod
    def of(
        cls,
        contract: SourceContract,
        entity: Entity,
        authority_code: str,
        business_date: datetime.date,
        *,
        longest_field: int = LONGEST_FIELD,
    ) -> RowRules:
        """Build the rules from a contract."""
        names = entity.column_names
        authority = contract.authority_column
        return cls(
            contract=contract,
            entity=entity,
            authority_code=authority_code,
            business_date=business_date,
            functions=tuple(canonical.canonical_function(column, contract.text) for column in entity.columns),
            key_positions=tuple(names.index(part) for part in entity.key),
            authority_position=None if authority is None else names.index(authority),
            person_positions=tuple(names.index(column.name) for column in contract.person_columns(entity)),
            longest_field=longest_field,
        )

    def canonical_row(self, values: Sequence[str]) -> list[str]:
        """Return the canonical text of a row's values, in the contract's order."""
        return [function(value) for function, value in zip(self.functions, values, strict=True)]

    def problem(self, values: Sequence[str], canonical_values: Sequence[str]) -> Problem | None:
        """Return the first reason why a row of the right field count cannot be read, or None."""
        if any(has_undefined_byte(value) for value in values):
            return undefined_byte()
        columns = self.entity.columns
        for position in self.key_positions:
            if not canonical_values[position]:
                return Problem("missing_key", "the key is blank", columns[position].name)
        for types, reason_code in ((("date", "time"), "unreadable_date"), (("number",), "unreadable_number")):
            for column, value in zip(columns, canonical_values, strict=True):
                if value == canonical.UNREADABLE and column.type in types:
                    return _unreadable(column, reason_code)
        for column, text in zip(columns, values, strict=True):
            if len(text) > column.max_length:
                reason = f"the value has more than the agreed {column.max_length} characters"
                return Problem("value_too_long", reason, column.name)
        if self.authority_position is not None and canonical_values[self.authority_position] != self.authority_code:
            name = columns[self.authority_position].name
            return Problem("wrong_authority", f"the row is not of {self.authority_code}", name)
        return None

    def row_key(self, canonical_values: Sequence[str], record_number: int) -> str:
        """Return the canonical key, its parts joined; a row of an entity without a key is known by its place."""
        if not self.key_positions:
            return str(record_number)
        return KEY_JOINER.join(canonical_values[position] for position in self.key_positions)

    def readable_key(self, canonical_values: Sequence[str], values: Sequence[str]) -> str | None:
        """Return the key of a row that cannot be read, where at least its key can; it protects the earlier version."""
        if not self.key_positions:
            return None
        for position in self.key_positions:
            value = canonical_values[position]
            if not value or value == canonical.UNREADABLE or has_undefined_byte(values[position]):
                return None
        return self.row_key(canonical_values, 0)

    def people(self, canonical_values: Sequence[str]) -> tuple[str, ...]:
        """Return the canonical ids of persons that a row names."""
        return tuple(canonical_values[position] for position in self.person_positions if canonical_values[position])

    def candidate_people(self, fields: Sequence[str]) -> tuple[str, ...]:
        """Return what could be a person's id in a row whose fields cannot be told apart."""
        readers = {self.functions[position] for position in self.person_positions}
        return tuple(person for read in readers for person in map(read, fields) if person)

    def row_hash(self, canonical_values: Sequence[str]) -> str:
        """Return the digest that decides whether a row changed.

        Blank values at the end are left out: a column that a contract gains at its end changes no row that leaves it
        blank.
        """
        text = VALUE_END.join(canonical_values).rstrip(VALUE_END)
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:HASH_WIDTH]


def _unreadable(column: Column, reason_code: str) -> Problem:
    words = {"date": "a date of the agreed form", "time": "a time of the agreed form", "number": "a number"}
    return Problem(reason_code, f"the value is not {words[column.type]}", column.name)


def undefined_byte() -> Problem:
    """Return the problem of a row with a byte that its encoding does not define."""
    return Problem("undefined_byte", "the row holds a byte that its encoding does not define")


def too_long_value(longest: int, column_name: str) -> Problem:
    """Return the problem of a row with a value that is longer than any may be."""
    return Problem("value_too_long", f"the value has more than {longest:,} characters, as no value may", column_name)


def too_long_record(longest: int) -> Problem:
    """Return the problem of a row that is so long that it was not kept to its end."""
    return Problem("value_too_long", f"the row is many times longer than the {longest:,} characters of a value")


def wrong_field_count(found: int, expected: int) -> Problem:
    """Return the problem of a row with more or fewer fields than the header."""
    return Problem("field_count", f"the row has {found} fields where the header has {expected}")


def duplicate_key(entity: Entity) -> Problem:
    """Return the problem of a row whose key an earlier row of the file has."""
    return Problem("duplicate_key", "an earlier row of the file has the same key", ", ".join(entity.key))


def has_undefined_byte(text: str) -> bool:
    """Tell whether a decoded text holds a byte that did not decode (kept as a lone surrogate)."""
    return not text.isascii() and any("\udc80" <= character <= "\udcff" for character in text)


def printable_raw(text: str) -> str:
    """Return a record's text with undecodable bytes written out (`\\x81`), so that a database can hold it."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") if not text.isascii() else text


def rows_schema(entity: Entity) -> Any:
    """Return the Arrow schema of an entity's rows: the columns as sent, place, key and hash."""
    import pyarrow as pa

    fields = [(name, pa.string()) for name in entity.column_names]
    return pa.schema([*fields, ("record_number", pa.int64()), ("row_key", pa.string()), ("row_hash", pa.string())])
