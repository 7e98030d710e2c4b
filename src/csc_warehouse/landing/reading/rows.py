"""The rows of one entity's file: the rules by which each is judged, and why one cannot be read."""

from __future__ import annotations

import datetime
import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from csc_warehouse.contracts import canonical
from csc_warehouse.contracts.model import MULTIPLE, Column, Entity, SourceContract, Spreadsheet
from csc_warehouse.contracts.names import WHITESPACE, canonical_name
from csc_warehouse.contracts.protocols import ManifestFolderProtocol

if TYPE_CHECKING:
    import pyarrow as pa

NUL = "\x00"
"""No database holds it in a text; in text files it shows before that they are none."""
VALUE_END = "\x1f"
KEY_JOINER = "|"
LONGEST_FIELD = 1024**2
"""Most characters of a value, unless the configuration says otherwise (deliveries.md section 9, Limits)."""
HASH_WIDTH = 16
"""Hexadecimal digits of a row's hash: 64 bits, enough because only versions of one and the same row are compared."""
REASON_CODES = (
    "field_count",
    "undefined_byte",
    "total_row",
    "missing_key",
    "unreadable_key",
    "unreadable_date",
    "future_date",
    "unreadable_number",
    "missing_value",
    "empty_member",
    "value_too_long",
    "wrong_authority",
    "duplicate_key",
)
"""A row gets the first of these that applies (deliveries.md sections 8, and 9, Order of the reason codes)."""
TOTAL_ROW = "total_row"
"""A row that states a total can be read: it goes to quarantine, and does not count when too much is unreadable."""
FUTURE_DATE = "future_date"
UNREADABLE_TYPES = ("uuid", "date", "time", "number")
"""Types that do not accept every text."""
TEXT_TYPES = ("text", "name", "code", "boolean")
"""Types that accept any text, and so an error of a spreadsheet too; values of other types cannot be read then."""


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be read: a code, the column, and a reason in words that holds no value of the row."""

    reason_code: str
    reason: str
    column_name: str | None = None


@dataclass(frozen=True)
class QuarantinedRow:
    """One row in quarantine: its number as a spreadsheet counts, why, its text, and its key if that can be read."""

    record_number: int
    problem: Problem
    raw_record: str | None
    """None: the row is an erased child's."""
    row_key: str | None = None
    people: tuple[str, ...] = ()
    """Canonical ids of the persons that it names, as far as they can be read."""


@dataclass
class Block:
    """Rows of one part of a file: those that can be read, as sent and canonical, and those that cannot."""

    rows: pa.Table
    """The contract's columns as sent, then record_number, row_key, row_hash."""
    canonical: dict[str, pa.ChunkedArray | pa.Array]
    """The same rows' canonical text by column; only what the measures need."""
    quarantined: list[QuarantinedRow] = field(default_factory=list)

    @property
    def row_count(self) -> int:
        """Return how many rows this part has, readable and not."""
        return int(self.rows.num_rows) + len(self.quarantined)


@dataclass(frozen=True)
class SheetWords:
    """What stands in a spreadsheet in place of a value: words for totals, errors, and formulas as text."""

    totals: frozenset[str]
    errors: frozenset[str]
    formula_mark: str

    @classmethod
    def of(cls, spreadsheet: Spreadsheet) -> SheetWords:
        """Build it from a contract."""
        return cls(
            totals=frozenset(map(_as_word, spreadsheet.total_words)),
            errors=frozenset(map(_as_word, spreadsheet.error_values)),
            formula_mark=spreadsheet.formula_mark,
        )

    def is_total(self, text: str) -> bool:
        """Tell whether a name is a word for a total, in any case, with or without a colon."""
        return _as_word(text).rstrip(": ") in self.totals

    def is_no_value(self, text: str) -> bool:
        """Tell whether a text is an error or the text of a formula."""
        return text.lstrip().startswith(self.formula_mark) or _as_word(text) in self.errors


def _as_word(text: str) -> str:
    """Return a text in the form in which words are compared: one form of Unicode, single spaces, no case."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


@dataclass(frozen=True)
class RowRules:
    """All that is needed to judge the rows of one entity; made once for each file."""

    contract: SourceContract
    entity: Entity
    authority_code: str
    business_date: datetime.date
    functions: tuple[Callable[[str], str], ...]
    key_positions: tuple[int, ...]
    authority_position: int | None
    person_positions: tuple[int, ...] = ()
    sheet_words: SheetWords | None = None
    """How totals, errors and formulas are written; None where the source's files are not kept by hand."""
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
            sheet_words=None if contract.spreadsheet is None else SheetWords.of(contract.spreadsheet),
            longest_field=longest_field,
        )

    def canonical_row(self, values: Sequence[str]) -> list[str]:
        """Return the canonical text of a row's values, in the contract's order."""
        return [function(value) for function, value in zip(self.functions, values, strict=True)]

    def problem(self, values: Sequence[str], canonical_values: Sequence[str]) -> Problem | None:
        """Return the first reason why a row of the right field count cannot be read, or None."""
        return next(filter(None, self._problems(values, canonical_values)), None)

    def _problems(self, values: Sequence[str], canonical_values: Sequence[str]) -> Iterator[Problem | None]:
        """Look for one reason after the other, in the order of REASON_CODES; only the first is ever asked for."""
        yield undefined_byte() if any(has_undefined_byte(value) for value in values) else None
        yield self._total(values)
        yield self._missing_key(values, canonical_values)
        yield self._unreadable(canonical_values, ("uuid",), "unreadable_key")
        yield self._unreadable(canonical_values, ("date", "time"), "unreadable_date")
        yield self._future_day(canonical_values)
        yield self._unreadable(canonical_values, ("number",), "unreadable_number")
        yield self._missing_value(values, canonical_values)
        yield self._neither_change(canonical_values)
        yield self._empty_member(values)
        yield self._too_long(values)
        yield self._wrong_authority(canonical_values)

    def _total(self, values: Sequence[str]) -> Problem | None:
        named = self.total_column(values)
        if named is None:
            return None
        return Problem(TOTAL_ROW, "the row states a total, by the word in this column", named.name)

    def _missing_key(self, values: Sequence[str], canonical_values: Sequence[str]) -> Problem | None:
        for position in self.key_positions:
            column = self.entity.columns[position]
            if not canonical_values[position]:
                return Problem("missing_key", "the key is blank", column.name)
            if column.type in TEXT_TYPES and self.is_no_value(values[position]):
                return Problem("missing_key", "the key is an error or the text of a formula", column.name)
        return None

    def total_column(self, values: Sequence[str]) -> Column | None:
        """Return the first column of names that holds a word for a total, or None."""
        if self.sheet_words is None:
            return None
        for column, value in zip(self.entity.columns, values, strict=True):
            if column.is_name and self.sheet_words.is_total(value):
                return column
        return None

    def is_no_value(self, text: str) -> bool:
        """Tell whether a text stands where a sheet has none: an error, or the text of a formula."""
        return self.sheet_words is not None and self.sheet_words.is_no_value(text)

    def _unreadable(self, canonical_values: Sequence[str], types: tuple[str, ...], reason_code: str) -> Problem | None:
        for column, value in zip(self.entity.columns, canonical_values, strict=True):
            if value == canonical.UNREADABLE and column.type in types:
                return _unreadable(column, reason_code)
        return None

    def _future_day(self, canonical_values: Sequence[str]) -> Problem | None:
        day = self.entity.day
        if day is None or canonical_values[self.entity.column_names.index(day)] <= self.business_date.isoformat():
            return None
        return Problem(FUTURE_DATE, f"the row is of a day after the delivery's own, {self.business_date}", day)

    def _missing_value(self, values: Sequence[str], canonical_values: Sequence[str]) -> Problem | None:
        for column, value, text in zip(self.entity.columns, canonical_values, values, strict=True):
            if column.is_needed and not value:
                return Problem("missing_value", "the value is blank where a figure needs one", column.name)
            if column.type in TEXT_TYPES and self.is_no_value(text):
                return Problem("missing_value", "in its place is an error or the text of a formula", column.name)
        return None

    def _neither_change(self, canonical_values: Sequence[str]) -> Problem | None:
        changes = self.contract.changes
        if changes is None or self._change(canonical_values) in (canonical_name(changes.upsert), self._delete_word):
            return None
        reason = f"the row says neither {changes.upsert} nor {changes.delete}"
        return Problem("missing_value", reason, changes.column)

    def _empty_member(self, values: Sequence[str]) -> Problem | None:
        if not self.has_native_types:
            return None
        for column, text in zip(self.entity.columns, values, strict=True):
            if column.is_multiple and text and not all(part.strip(WHITESPACE) for part in text.split(MULTIPLE)):
                return Problem("empty_member", "the list has a member that is null or empty", column.name)
        return None

    def _change(self, canonical_values: Sequence[str]) -> str:
        changes = self.contract.changes
        return "" if changes is None else canonical_values[self.entity.column_names.index(changes.column)]

    @property
    def _delete_word(self) -> str | None:
        return None if self.contract.changes is None else canonical_name(self.contract.changes.delete)

    @property
    def has_native_types(self) -> bool:
        """Tell whether the file says of each value what it is, several codes being a list whose members it parts."""
        return isinstance(self.contract.protocol, ManifestFolderProtocol)

    def _too_long(self, values: Sequence[str]) -> Problem | None:
        for column, text in zip(self.entity.columns, values, strict=True):
            if len(text) > column.max_length:
                reason = f"the value has more than the agreed {column.max_length} characters"
                return Problem("value_too_long", reason, column.name)
        return None

    def _wrong_authority(self, canonical_values: Sequence[str]) -> Problem | None:
        position = self.authority_position
        if position is None or canonical_values[position] == self.authority_code:
            return None
        if not canonical_values[position] and self._change(canonical_values) == self._delete_word:
            # a row that was taken back need not say whose it was
            return None
        column = self.entity.columns[position]
        return Problem("wrong_authority", f"the row is not of {self.authority_code}", column.name)

    def row_key(self, canonical_values: Sequence[str], record_number: int) -> str:
        """Return the canonical key, its parts joined; without a key in the contract, the row's number stands for it."""
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
        named = (canonical_values[position] for position in self.person_positions)
        return tuple(person for person in named if person and person != canonical.UNREADABLE)

    def candidate_people(self, fields: Sequence[str]) -> tuple[str, ...]:
        """Return what could be a person's id in a row of which nobody knows which field is which."""
        readers = {self.functions[position] for position in self.person_positions}
        found = (person for read in readers for person in map(read, fields))
        return tuple(person for person in found if person and person != canonical.UNREADABLE)

    def row_hash(self, canonical_values: Sequence[str]) -> str:
        """Return the digest that decides whether a row changed.

        Blank values at the end are left out: a column that a contract gains at its end changes no row that leaves it
        blank.
        """
        text = VALUE_END.join(canonical_values).rstrip(VALUE_END)
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:HASH_WIDTH]


def _unreadable(column: Column, reason_code: str) -> Problem:
    words = {
        "uuid": "a UUID",
        "date": "a date of the agreed form",
        "time": "a time of the agreed form",
        "number": column.agreed_number,
    }
    return Problem(reason_code, f"the value is not {words[column.type]}", column.name)


def undefined_byte() -> Problem:
    """Return the problem of a row with a byte that its encoding does not define."""
    return Problem("undefined_byte", "the row holds a byte that its encoding does not define")


def too_long_value(longest: int, column_name: str) -> Problem:
    """Return the problem of a row with a value that is longer than any may be."""
    return Problem("value_too_long", f"the value has more than {longest:,} characters, as no value may", column_name)


def too_long_record(longest: int) -> Problem:
    """Return the problem of a row that is so long that its end was not kept."""
    return Problem("value_too_long", f"the row is many times longer than the {longest:,} characters of a value")


def wrong_field_count(found: int, expected: int) -> Problem:
    """Return the problem of a row with more or fewer fields than the header."""
    return Problem("field_count", f"the row has {found} fields where the header has {expected}")


def duplicate_key(entity: Entity) -> Problem:
    """Return the problem of a row whose key an earlier row of the file has."""
    return Problem("duplicate_key", "an earlier row of the file has the same key", ", ".join(entity.key))


def has_undefined_byte(text: str) -> bool:
    """Tell whether a decoded text holds a byte that did not decode (kept as a lone surrogate), or a NUL."""
    return NUL in text or (not text.isascii() and any("\udc80" <= character <= "\udcff" for character in text))


def printable_raw(text: str) -> str:
    """Return a record's text with undecodable bytes written out (`\\x81`), so that a database can hold it."""
    shown = text.replace(NUL, r"\x00")
    return (
        shown.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") if not shown.isascii() else shown
    )


def rows_schema(entity: Entity) -> Any:
    """Return the Arrow schema of an entity's rows: the columns as sent, record number, key and hash."""
    import pyarrow as pa

    fields = [(name, pa.string()) for name in entity.column_names]
    return pa.schema([*fields, ("record_number", pa.int64()), ("row_key", pa.string()), ("row_hash", pa.string())])
