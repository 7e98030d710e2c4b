"""What a source promised to deliver, as typed data; deliveries.md sections 1 to 5 and 7."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from csc_warehouse.contracts.chain import Changes, Former, Held, Nights
from csc_warehouse.contracts.code_lists import CodeList, check_codes
from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.contracts.personal import PersonalData
from csc_warehouse.contracts.protocols import (
    DATE_PLACE,
    ContractModel,
    Encoding,
    LooseFilesProtocol,
    ManifestFolderProtocol,
    Protocol,
    date_in_name,
    fill_date,
)

ColumnType = Literal["key", "guid", "uuid", "former", "code", "boolean", "date", "time", "number", "name", "text"]
NativeType = Literal["text", "date", "time", "boolean", "whole_number", "list_of_text"]
DateForm = Literal["day_first", "iso"]
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*\Z")
MULTIPLE = "+"
DEFAULT_MAXIMUM_LENGTH: dict[str, int] = {
    "key": 40,
    "guid": 64,
    "uuid": 64,
    "former": 100,
    "code": 100,
    "boolean": 20,
    "date": 40,
    "time": 40,
    "number": 40,
    "name": 255,
    "text": 1000,
}
"""Characters; generous, so that only a damaged value is longer."""
LARGEST_NUMBER = 10**12
"""A number without bounds of its own lies between this and its negative (deliveries.md section 9, Values)."""
TAKEN_COLUMNS = frozenset(
    {"authority_code", "valid_from_date", "valid_to_date", "delivery_id", "record_number", "row_key", "row_hash"}
)
"""Names that landing adds to every table."""


class Column(ContractModel):
    """One column of an entity. Its name is the mapping's key, in lower case."""

    name: str
    type: ColumnType
    list_name: str | None = Field(None, alias="list")
    """Code list of a code or boolean; none: an open list."""
    form: str | None = None
    """Form that every code has, where they are too many to list; none: a list, or any code."""
    is_multiple: bool = Field(False, alias="multiple")
    """The value is one or more codes joined by `+`."""
    references: str | None = None
    """Entity whose key this value names; a missing one is kept and reported."""
    is_required: bool = Field(True, alias="required")
    """A file without this column is refused; an optional one is landed as blank."""
    max_length: int = Field(gt=0)
    minimum: Decimal | None = None
    """Smallest and largest value of a number; what lies beyond cannot be read."""
    maximum: Decimal | None = None
    is_whole: bool = Field(False, alias="whole")
    """The number has no decimals other than noughts."""
    may_be_future: bool = False
    """Planned and expected dates lie in the future by nature."""
    is_person: bool = Field(False, alias="person")
    """The value is a reference to a child that the source made up itself; only where it has no person entity."""
    is_needed: bool = Field(False, alias="needed")
    """A row that leaves it blank is set apart: a figure adds it up, and blank is not nought."""
    also_sent_as: tuple[NativeType, ...] = ()
    """Further native types in which a Parquet file may hold it, as they convert without loss."""
    is_matched: bool = Field(False, alias="matched")
    """A key that a migration gave anew and nothing names; rows that were migrated show which earlier one it is."""
    is_name: bool = Field(False, alias="names")
    """It names what a row is about; a row that is named by a word for a total is none."""

    @property
    def agreed_number(self) -> str:
        """Return in words which numbers were agreed: a whole number from 0 to 130."""
        words = "a whole number" if self.is_whole else "a number"
        if self.minimum is not None:
            words += f" from {self.minimum:,f}"
        if self.maximum is not None:
            words += f"{' up' if self.minimum is None else ''} to {self.maximum:,f}"
        return words

    @model_validator(mode="after")
    def _check_list(self) -> Column:
        if self.list_name is not None and self.type not in ("code", "boolean"):
            raise ValueError(f"column {self.name} has a code list but is of type {self.type}")
        return self

    @property
    def native_type(self) -> NativeType:
        """Return the type that it has in a file of native types."""
        if self.is_multiple:
            return "list_of_text"
        known: dict[str, NativeType] = {"date": "date", "time": "time", "boolean": "boolean", "number": "whole_number"}
        return known.get(self.type, "text")

    @model_validator(mode="after")
    def _check_kind(self) -> Column:
        if self.is_multiple and self.type != "code":
            raise ValueError(f"column {self.name} holds several codes but is of type {self.type}")
        if self.is_matched and (self.type not in ("key", "guid") or self.references is not None):
            raise ValueError(f"column {self.name} is matched, and so must be a key or GUID that refers to no entity")
        return self

    @model_validator(mode="after")
    def _check_bounds(self) -> Column:
        has_bounds = self.minimum is not None or self.maximum is not None or self.is_whole
        if has_bounds and self.type != "number":
            raise ValueError(f"column {self.name} has the bounds of a number but is of type {self.type}")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"column {self.name} has a minimum above its maximum")
        return self


def _columns(value: Any) -> Any:
    """Accept `name: type` and `name: {type: ..}`; fill in the name, and the type's default length and bounds."""
    if not isinstance(value, dict):
        return value
    columns = []
    for name, given in value.items():
        column: dict[str, Any] = {"type": given} if isinstance(given, str) else dict(given or {})
        column["name"] = str(name)
        column.setdefault("max_length", DEFAULT_MAXIMUM_LENGTH.get(str(column.get("type")), 1000))
        if column.get("type") == "number":
            column.setdefault("minimum", -LARGEST_NUMBER)
            column.setdefault("maximum", LARGEST_NUMBER)
        columns.append(column)
    return columns


Columns = Annotated[tuple[Column, ...], BeforeValidator(_columns)]


class Entity(ContractModel):
    """One table of a source: its file, key and columns."""

    name: str
    file: str
    """File name, with `{yyyymmdd}` where the business date stands."""
    key: tuple[str, ...] = ()
    """Columns of the key; none: rows have no identity but their place."""
    recognised_by: tuple[str, ...] = ()
    """Columns by which a line below the end of a return is seen to be one of its rows; none: the key."""
    day: str | None = None
    """Column with the day of which a row speaks; a row of a day after the delivery's is set apart."""
    columns: Columns

    @property
    def signs_of_a_row(self) -> tuple[str, ...]:
        """Return the columns that a line must fill to be a row rather than a note."""
        return self.recognised_by or self.key

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """Return the names in the contract's order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Return the columns by name."""
        return {column.name: column for column in self.columns}

    def is_file(self, file_name: str) -> bool:
        """Tell whether a file name is this entity's, whatever its date and case."""
        if DATE_PLACE not in self.file:
            return file_name.lower() == self.file.lower()
        return date_in_name(self.file, file_name) is not None

    def file_name(self, business_date: datetime.date) -> str:
        """Return the name of this entity's file for a business date."""
        return fill_date(self.file, business_date)

    @model_validator(mode="after")
    def _check_columns(self) -> Entity:
        names = [column.name for column in self.columns]
        for name in (self.name, *names):
            if not IDENTIFIER.match(name):
                raise ValueError(f"{self.name}: {name} is no plain lower-case name")
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"{self.name}: column {doubled[0]} is there twice")
        taken = TAKEN_COLUMNS.intersection(names)
        if taken:
            raise ValueError(f"{self.name}: {min(taken)} is a name that landing itself adds")
        for part in self.key:
            if part not in names:
                raise ValueError(f"{self.name}: key column {part} is no column of it")
        for part in self.recognised_by:
            if part not in names:
                raise ValueError(f"{self.name}: it is recognised by {part}, which is no column of it")
        if self.day is not None and (self.day not in names or self.by_name[self.day].type != "date"):
            raise ValueError(f"{self.name}: its day {self.day} is no date column of it")
        return self


class TextFormat(ContractModel):
    """How text files of a source are written."""

    encoding: Encoding
    delimiter: str = Field(",", min_length=1, max_length=1)
    dates: DateForm
    null_dates: tuple[str, ...] = ()
    """Dates that stand for null, as sent; with or without a midnight."""


NATIVE_TEXT = TextFormat(encoding="utf-8-with-mark", dates="iso")
"""How landing writes values that come in native types: as ISO 8601 has them, times in UTC."""


class Spreadsheet(ContractModel):
    """What people and programs leave in sheets in place of a value; compared trimmed and in any case."""

    total_words: tuple[str, ...] = ()
    """A name that is one of these, with or without a colon, makes its row a total."""
    error_values: tuple[str, ...] = ()
    """What a cell shows whose formula failed."""
    formula_mark: str = Field("=", min_length=1)
    """What the text of a formula begins with."""


class SourceContract(ContractModel):
    """Everything that one source promised."""

    source: str
    title: str
    authority: Literal["home", "folder"]
    """Whether deliveries are those of the configured home authority, or the folder names it."""
    nights: Nights = Nights(arrives="what it delivers", quiet="Nothing came.")
    authority_column: str | None = None
    """Column that states each row's authority; a row of another one is quarantined."""
    protocol: Protocol
    text: TextFormat = NATIVE_TEXT
    """How values are written; of a source whose files hold native types, how landing writes them."""
    spreadsheet: Spreadsheet | None = None
    """For a source whose files are kept by hand; none: nothing in them stands for a total or an error."""
    person_entity: str | None = None
    former: Former | None = None
    """How its rows name those of earlier systems; None: it is the first of any chain, or part of none."""
    changes: Changes | None = None
    """How a row says that it was taken back; None: rows are only ever absent, or marked by a status."""
    code_lists: dict[str, CodeList] = Field(default_factory=dict)
    code_forms: dict[str, str] = Field(default_factory=dict)
    """Forms of codes that are too many to list, by name: the pattern that the whole of a code matches."""
    entities: dict[str, Entity]
    holds: dict[str, Held] = Field(default_factory=dict)
    """What a case system's entities hold of the model: contacts, assessments, plans .., each in one entity."""
    spellings: dict[Literal["team", "role", "heading"], dict[str, str]] = Field(default_factory=dict)
    """Names as this source has them, and the name under which each counts; a council's own come before them."""
    personal_data: PersonalData = PersonalData()
    """Which columns hold personal data, and under which terms: for the asset register."""

    def person_columns(self, entity: Entity) -> tuple[Column, ...]:
        """Return the columns of an entity that hold a person's id, or the source's own reference to one."""
        if self.person_entity is None:
            return tuple(column for column in entity.columns if column.is_person)
        if entity.name == self.person_entity:
            return tuple(entity.by_name[part] for part in entity.key)
        return tuple(column for column in entity.columns if column.references == self.person_entity)

    @property
    def names_people(self) -> bool:
        """Tell whether any row of this source says which person it is about."""
        return any(self.person_columns(entity) for entity in self.entities.values())

    def person_id(self, text: str) -> str:
        """Return the id that a person's canonical text stands for: references are kept by hand, in any case."""
        return text if self.person_entity is not None else canonical_name(text)

    def with_encoding(self, encoding: Encoding | None) -> SourceContract:
        """Return the contract for a file that is written in another encoding; itself where none is given."""
        if encoding is None or encoding == self.text.encoding:
            return self
        return self.model_copy(update={"text": self.text.model_copy(update={"encoding": encoding})})

    @model_validator(mode="after")
    def _cross_check(self) -> SourceContract:
        if not IDENTIFIER.match(self.source):
            raise ValueError(f"{self.source} is no plain lower-case name")
        for entity in self.entities.values():
            _check_entity(self, entity)
        files = [entity.file for entity in self.entities.values()]
        doubled = sorted({name for name in files if files.count(name) > 1})
        if doubled:
            raise ValueError(f"two entities are read from {doubled[0]}")
        columns = [(entity.name, column) for entity in self.entities.values() for column in entity.columns]
        booleans = [(f"{name}.{c.name}", c.list_name) for name, c in columns if c.type == "boolean" and c.list_name]
        check_codes(self.code_lists, self.code_forms, booleans)
        _check_held(self)
        _check_personal_data(self)
        if self.person_entity is not None and self.person_entity not in self.entities:
            raise ValueError(f"the person entity {self.person_entity} is no entity of {self.source}")
        if self.person_entity is not None and any(
            column.is_person for entity in self.entities.values() for column in entity.columns
        ):
            raise ValueError(f"{self.source} has a person entity: name it by `references`, not by `person`")
        _check_chain(self)
        return self


def _check_entity(contract: SourceContract, entity: Entity) -> None:
    for column in entity.columns:
        where = f"{entity.name}.{column.name}"
        if column.list_name is not None and column.list_name not in contract.code_lists:
            raise ValueError(f"{where} names the code list {column.list_name}, which is not there")
        if column.form is not None and column.form not in contract.code_forms:
            raise ValueError(f"{where} names the form {column.form} of codes, which is not there")
        if column.form is not None and (column.type != "code" or column.list_name is not None or column.is_multiple):
            raise ValueError(f"{where} has a form of codes, and so must be a single code without a list")
        if column.references is not None and column.references not in contract.entities:
            raise ValueError(f"{where} refers to {column.references}, which is no entity")
    if contract.authority_column is not None and contract.authority_column not in entity.by_name:
        raise ValueError(f"{entity.name} lacks the authority column {contract.authority_column}")
    if not isinstance(contract.protocol, LooseFilesProtocol) and not entity.key:
        raise ValueError(f"{entity.name} has no key, and its rows could not be followed from day to day")


def _check_held(contract: SourceContract) -> None:
    for plural, held in contract.holds.items():
        if held.entity not in contract.entities:
            raise ValueError(f"{plural} is held by {held.entity}, which is no entity")
        named = (held.begins, held.ends, held.withdrawn[0] if held.withdrawn else None, held.worker)
        strange = sorted({name for name in named if name} - set(contract.entities[held.entity].column_names))
        if strange:
            raise ValueError(f"{plural} names {held.entity}.{strange[0]}, which is no column")


def _check_chain(contract: SourceContract) -> None:
    """Check what rows say of themselves: whom they follow, and whether they were taken back."""
    for what, said, kind in (("former", contract.former, ""), ("changes", contract.changes, "code")):
        lacking = [e.name for e in contract.entities.values() if said is not None and said.column not in e.by_name]
        if said is not None and lacking:
            raise ValueError(f"{lacking[0]} lacks the column {said.column}, which `{what}` names")
        if (
            said is not None
            and kind
            and any(entity.by_name[said.column].type != kind for entity in contract.entities.values())
        ):
            raise ValueError(f"the column {said.column}, which `{what}` names, is not of type {kind}")
    native = isinstance(contract.protocol, ManifestFolderProtocol)
    if native and contract.text != NATIVE_TEXT:
        raise ValueError("`text` says how text files are written, and its files hold native types")
    if not native and "text" not in contract.model_fields_set:
        raise ValueError("`text` is needed: how its files are written")
    for entity in contract.entities.values():
        odd = [column.name for column in entity.columns if column.also_sent_as and not native]
        if odd:
            raise ValueError(f"{entity.name}.{odd[0]} has `also_sent_as`, and text files have no types")


def _check_personal_data(contract: SourceContract) -> None:
    for name, tagged in contract.personal_data.relations.items():
        if name not in contract.entities:
            raise ValueError(f"the personal data speak of {name}, which is no entity")
        unknown = sorted(set(tagged.columns) - set(contract.entities[name].column_names))
        if unknown:
            raise ValueError(f"the personal data speak of {name}.{unknown[0]}, which is no column")
