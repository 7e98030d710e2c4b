"""A delivery against its contract, in plain words: what is missing, extra, retyped or new, and what to change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from csc_warehouse.contracts.agreed_codes import agreed_codes
from csc_warehouse.contracts.canonical import UNREADABLE, canonical_function
from csc_warehouse.contracts.loader import DIRECTORY, load_contract
from csc_warehouse.contracts.model import MULTIPLE, Column, Entity, SourceContract, TextFormat
from csc_warehouse.contracts.names import WHITESPACE
from csc_warehouse.contracts.native_types import IN_WORDS, is_agreed
from csc_warehouse.contracts.protocols import ControlFileProtocol, LooseFilesProtocol, ManifestZipProtocol, date_in_name
from csc_warehouse.contracts.tables import Table, tables_at
from csc_warehouse.errors import UsageError, few_sentences

HEADER_ROWS = 50
"""A header stands at least this near to the top; above it are titles."""
MOST_SHOWN = 10
LONGEST_CODE = 30
_ENCODINGS = {
    "windows-1252": ("ascii", "cp1252"),
    "utf-8-with-mark": ("utf-8-sig",),
    "utf-8-or-windows-1252": ("ascii", "utf-8", "utf-8-sig", "cp1252"),
}
_FORMS = {
    ("date", "day_first"): "dd/mm/yyyy",
    ("date", "iso"): "yyyy-mm-dd",
    ("time", "day_first"): "dd/mm/yyyy HH:MM",
    ("time", "iso"): "yyyy-mm-ddTHH:MM:SSZ",
}
DELIMITERS = (",", ";", "\t", "|")
_MARKS = {"\t": "tabs"}
_DATES = {"9999-99-99": "yyyy-mm-dd", "99/99/9999": "dd/mm/yyyy", "99999999": "yyyymmdd"}
_DATES |= {"9/9/9999": "d/m/yyyy", "9/99/9999": "d/m/yyyy", "99/9/9999": "d/m/yyyy", "99/99/99": "dd/mm/yy"}
_DATES |= {
    "99.99.9999": "dd.mm.yyyy",
    "99-99-9999": "dd-mm-yyyy",
    "99-AAA-9999": "dd-Mon-yyyy",
    "99-AAA-99": "dd-Mon-yy",
}
_TIMES = {"99:99": "HH:MM", "99:99:99": "HH:MM:SS", "99:99:99A": "HH:MM:SSZ", "9:99": "H:MM"}
"""By shape: forms in which dates and times are met."""


def describe_differences(path: Path, contracts: Mapping[str, SourceContract] | None = None) -> list[str]:
    """Read a delivery without landing it and return one sentence per difference from its contract.

    Columns that are new or retyped and codes that are new come with the line that would agree to them. Values are
    never told, only their shapes; codes are. Raises UsageError where no contract knows any of the files.
    """
    contracts = contracts if contracts is not None else all_contracts()
    tables = tables_at(path)
    contract = contract_of(tables, contracts, path)
    sentences: list[str] = []
    unknown: list[str] = []
    present: set[str] = set()
    for table in tables:
        entity = _entity_of(contract, table.name)
        if entity is not None:
            present.add(entity.name)
            sentences += TableCheck(contract, entity, table).sentences()
        elif not _is_control(contract, table.name):
            unknown += _unknown_table(contract, table)
    sentences += few_sentences(unknown, "files that are no entity of the contract")
    if not isinstance(contract.protocol, LooseFilesProtocol):
        for entity in contract.entities.values():
            if entity.name not in present:
                sentences.append(f"{entity.name} is missing: no file is named {entity.file}.")
    return sentences


def all_contracts(directory: Path = DIRECTORY) -> dict[str, SourceContract]:
    """Return every contract there is, in use or not."""
    names = sorted(folder.name for folder in directory.iterdir() if (folder / "source.yml").exists())
    return {name: load_contract(name, directory) for name in names}


def contract_of(tables: list[Table], contracts: Mapping[str, SourceContract], path: Path) -> SourceContract:
    """Return the contract that knows most of the tables. Raises UsageError where none knows any."""
    known = {
        contract.source: sum(_entity_of(contract, table.name) is not None for table in tables)
        for contract in contracts.values()
    }
    best = max(known, key=lambda source: known[source], default=None)
    if best is None or known[best] == 0:
        raise UsageError(
            f"No contract knows the files at {path}: add one in a folder of its own, or name another folder."
        )
    return contracts[best]


def contract_of_zip(path: Path, contracts: Mapping[str, SourceContract]) -> SourceContract | None:
    """Return the contract whose deliveries are zips of this name, or of a name in this folder; None where none is.

    So is a zip known that does not open, or holds no table.
    """
    names = [file.name for file in sorted(path.iterdir())] if path.is_dir() else [path.name]
    for contract in contracts.values():
        protocol = contract.protocol
        if isinstance(protocol, ManifestZipProtocol) and any(date_in_name(protocol.file, name) for name in names):
            return contract
    return None


def _entity_of(contract: SourceContract, name: str) -> Entity | None:
    for entity in contract.entities.values():
        stem = entity.file.rpartition(".")[0]
        loose = isinstance(contract.protocol, LooseFilesProtocol)
        patterns = [entity.file] if not loose else [f"{stem}.xlsx", f"{stem}.csv"]
        if any(entity.model_copy(update={"file": pattern}).is_file(name) for pattern in patterns):
            return entity
    return None


def _is_control(contract: SourceContract, name: str) -> bool:
    protocol = contract.protocol
    if not isinstance(protocol, ControlFileProtocol):
        return False
    any_entity = next(iter(contract.entities.values()))
    return any_entity.model_copy(update={"file": protocol.control_file}).is_file(name)


def _unknown_table(contract: SourceContract, table: Table) -> list[str]:
    header = next(iter(table.records(contract.text.delimiter)), [])
    names = [name.strip(WHITESPACE).lower() for name in header]
    columns = ", ".join(f"{name}: {guess_type(name, (), contract.text)}" for name in names)
    proposal = f"entities: {{{_stem(table.name)}: {{file: {table.name}, key: [{names[0] if names else ''}], "
    return [
        f"{table.name} is no entity of the contract of {contract.source}. "
        f"To agree to it: {proposal}columns: {{{columns}}}}}}}"
    ]


def _stem(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.rpartition(".")[0].lower()).strip("_")


@dataclass
class ColumnTally:
    """What was seen in one column of the contract."""

    rows: int = 0
    filled: int = 0
    unreadable: int = 0
    longest: int = 0
    shapes: Counter[str] = field(default_factory=Counter)
    unlisted: Counter[str] = field(default_factory=Counter)


class TableCheck:
    """Compares one table with its entity."""

    def __init__(self, contract: SourceContract, entity: Entity, table: Table) -> None:
        """Take the table and what was agreed for it."""
        self._contract = contract
        self._entity = entity
        self._table = table
        self._tallies = {column.name: ColumnTally() for column in entity.columns}
        self._extra: dict[str, list[str]] = {}
        self._wrong_width = 0

    def sentences(self) -> list[str]:
        """Read the table once and return its differences."""
        name = self._table.name
        sentences = self._encoding_sentences()
        records = self._table.records(self._contract.text.delimiter)
        header = self._header(records)
        sent = self._other_delimiter(header)
        if sent:
            found, agreed = (_MARKS.get(mark, mark) for mark in (sent, self._contract.text.delimiter))
            sentences.append(
                f"{name} is separated by {found} where {agreed} was agreed: ask for it as agreed, or"
                " change `text: {delimiter}` of the contract where every file of the source is so."
            )
            records = self._table.records(sent)
            header = self._header(records)
        if header is None:
            return [*sentences, f"{name} has no header that the contract of {self._entity.name} could be read by."]
        self._read(header, records)
        names = [text.strip(WHITESPACE).lower() for text in header]
        for column in self._entity.columns:
            if column.name not in names:
                kind = "required" if column.is_required else "optional"
                sentences.append(
                    f"{name} lacks the {kind} column {column.name}. "
                    f"To agree to it: {column.name}: {{type: {column.type}, required: false}}"
                )
        for extra, samples in self._extra.items():
            kind = guess_type(extra, samples, self._contract.text)
            sentences.append(f"{name} has the extra column {extra}. To agree to it: {extra}: {kind}")
        if self._wrong_width:
            sentences.append(f"{name} has {self._wrong_width} rows with another number of fields than its header.")
        for column in self._entity.columns:
            sentences += self._column_sentences(column, self._tallies[column.name])
        return sentences

    def _encoding_sentences(self) -> list[str]:
        if self._table.is_native:
            return self._type_sentences()
        if self._table.name.lower().endswith(".xlsx"):
            return []
        found = self._table.encoding()
        agreed = self._contract.text.encoding
        if found in _ENCODINGS[agreed]:
            return []
        return [f"{self._table.name} looks like {found}; {agreed} was agreed."]

    def _type_sentences(self) -> list[str]:
        """Return a sentence for each column that comes in another native type than was agreed."""
        found = {name.strip(WHITESPACE).lower(): kind for name, kind in self._table.native_types().items()}
        sentences = []
        for column in self._entity.columns:
            kind, said = found.get(column.name, (column.native_type, ""))
            if is_agreed(column, kind):
                continue
            where = f"{self._table.name} holds the column {column.name} as {said[:LONGEST_CODE]}"
            sentence = f"{where}, where {IN_WORDS[column.native_type]} was agreed"
            named = [*column.also_sent_as, kind] if kind is not None else []
            remedy = f" To agree to it: {column.name}: {{type: {column.type}, also_sent_as: [{', '.join(named)}]}}"
            sentences.append(f"{sentence}.{remedy}" if named else f"{sentence}: ask for it as agreed.")
        return sentences

    def _header(self, records: Iterable[list[str]]) -> list[str] | None:
        """Return the first record that holds most of the agreed names; in a return titles may stand above it."""
        is_return = isinstance(self._contract.protocol, LooseFilesProtocol)
        for place, record in enumerate(records):
            names = {text.strip(WHITESPACE).lower() for text in record}
            known = len(names.intersection(self._entity.column_names))
            if not is_return or known * 2 > len(self._entity.columns):
                return record
            if place >= HEADER_ROWS:
                break
        return None

    def _other_delimiter(self, header: list[str] | None) -> str | None:
        """Return what separates a header whose names do not part by what was agreed; None where they do."""
        is_text = not self._table.is_native and not self._table.name.lower().endswith(".xlsx")
        if (header is not None and len(header) > 1) or not is_text:
            return None

        def known(mark: str) -> int:
            names = {text.strip(WHITESPACE).lower() for text in self._header(self._table.records(mark)) or ()}
            return len(names.intersection(self._tallies))

        best = max(DELIMITERS, key=known)
        return best if known(best) > 1 else None

    def _read(self, header: list[str], records: Iterable[list[str]]) -> None:
        names = [text.strip(WHITESPACE).lower() for text in header]
        functions = {column.name: canonical_function(column, self._contract.text) for column in self._entity.columns}
        agreed = {column.name: agreed_codes(self._contract, column) for column in self._entity.columns}
        self._extra = {name: [] for name in names if name and name not in self._tallies}
        is_return = isinstance(self._contract.protocol, LooseFilesProtocol)
        for record in records:
            if len(record) != len(names) and not is_return:
                self._wrong_width += 1
                continue
            for name, value in zip(names, record, strict=False):
                if name in self._tallies:
                    column = self._entity.by_name[name]
                    _tally(self._tallies[name], column, value, functions[name], agreed[name])
                elif name in self._extra and value and len(self._extra[name]) < 1000:
                    self._extra[name].append(value)

    def _column_sentences(self, column: Column, tally: ColumnTally) -> list[str]:
        where = f"{self._table.name}: {column.name}"
        sentences = []
        if tally.unreadable:
            shapes = ", ".join(f"{shape} ({count})" for shape, count in tally.shapes.most_common(3))
            is_moment = column.type in ("date", "time")
            agreed = _FORMS[column.type, self._contract.text.dates] if is_moment else column.agreed_number
            form = form_of(tally.shapes.most_common(1)[0][0]) if is_moment else ""
            if form and tally.unreadable * 2 > tally.filled:
                return [
                    f"{where} has {tally.unreadable} of {tally.filled} values in the form {form} where {agreed} was"
                    " agreed: ask for them as agreed, or change `text: {dates}` of the contract where the whole source"
                    " is so."
                ]
            sentences.append(
                f"{where} has {tally.unreadable} of {tally.filled} values that are no {column.type} "
                f"({agreed} was agreed; the shapes are {shapes})."
            )
            if tally.unreadable * 2 > tally.filled:
                sentences.append(f"{where} was retyped. To agree to it: {column.name}: text")
        if tally.longest > column.max_length:
            sentences.append(
                f"{where} has values of up to {tally.longest} characters where {column.max_length} were agreed. "
                f"To agree to it: {column.name}: {{type: {column.type}, max_length: {tally.longest * 2}}}"
            )
        if tally.unlisted:
            codes = ", ".join(f"{code} ({count} rows)" for code, count in tally.unlisted.most_common(MOST_SHOWN))
            sentences.append(
                f"{where} has codes that are not of the form {column.form}: {codes}. "
                f"To agree to them: change code_forms.{column.form}."
                if column.form is not None
                else f"{where} has codes that the list {column.list_name} does not know: {codes}. "
                f"To agree to them: say in code_lists.{column.list_name} what each means."
            )
        return sentences


def _tally(
    tally: ColumnTally, column: Column, value: str, canonical: Callable[[str], str], agreed: Container[str] | None
) -> None:
    text = canonical(value)
    tally.rows += 1
    tally.longest = max(tally.longest, len(value))
    if not text:
        return
    tally.filled += 1
    if text == UNREADABLE:
        tally.unreadable += 1
        tally.shapes[shape_of(value)] += 1
    elif agreed is not None:
        for part in text.split(MULTIPLE) if column.is_multiple else [text]:
            if part not in agreed:
                tally.unlisted[part if len(part) <= LONGEST_CODE else shape_of(part)] += 1


def shape_of(value: str) -> str:
    """Return a value's shape, which tells its form and not its content: 2017-09-30 is 9999-99-99."""
    return re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "9", value.strip(WHITESPACE)))[:LONGEST_CODE]


def form_of(shape: str) -> str:
    """Return the form of dates or times that a shape shows, as people write it; blank where it shows none."""
    found = re.fullmatch(r"(.+?)(?:([ A])(9?9:[9:A]+))?", shape)
    date, mark, time = found.groups() if found is not None else ("", None, None)
    if date not in _DATES or (time is not None and time not in _TIMES):
        return ""
    return _DATES[date] + ("" if time is None else f"{'T' if mark == 'A' else ' '}{_TIMES[time]}")


def guess_type(name: str, samples: Iterable[str], text: TextFormat) -> str:
    """Return the contract type that every sample of a column fits; text where there is none."""
    values = [value for value in samples if value.strip(WHITESPACE)]
    if not values:
        return "text"
    for kind in ("date", "time", "number"):
        column = Column(name=name, type=kind, max_length=1000)
        function = canonical_function(column, text)
        if all(function(value) != UNREADABLE for value in values):
            return kind
    few = len(set(values)) <= MOST_SHOWN and len(values) > MOST_SHOWN * 2
    return "code" if few and all(len(value) <= LONGEST_CODE for value in values) else "text"
