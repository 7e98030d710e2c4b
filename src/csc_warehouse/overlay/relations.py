"""How figures of a council's own indicators hang together with others: rows added to the seed `figure_relations`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from csc_warehouse.errors import listed, shown
from csc_warehouse.overlay.cells import Known
from csc_warehouse.overlay.kinds import Column, Kind
from csc_warehouse.overlay.reading import Row, read_file
from csc_warehouse.register import TO_WRITE, FigureRelation, Indicator, Register, fault_of, load_register
from csc_warehouse.register.relations import ALONE, Comparison, Term, fault_of_member, fault_of_relation

FILE = "figure_relations.csv"
SEED = "figure_relations"
_TEXT = Column(holds="text", example="")
_COLUMNS = {
    "relation": _TEXT,
    "comparison": Column(holds="choice", of=get_args(Comparison), example="equal"),
    "coefficient": Column(holds="choice", of=("1", "-1"), example="1"),
    "indicator_code": Column(holds="indicator", example="CON01"),
    "term": Column(holds="choice", of=get_args(Term), example="numerator"),
    "breakdown": _TEXT,
    "breakdown_value": _TEXT,
    "moment": _TEXT,
}
KIND = Kind(
    seed=SEED,
    meaning="Relations between figures of the council's own and others.",
    lays="values",
    key=tuple(_COLUMNS),
    columns=_COLUMNS,
)
"""A row is known by all that it says: nothing may stand twice, and nothing may be empty."""


@dataclass
class Found:
    """What was found in the file: its rows in their order, its content, and a sentence for each fault."""

    rows: list[dict[str, str]] = field(default_factory=list)
    content: bytes = b""
    faults: list[str] = field(default_factory=list)


def read(path: Path, seeds: Path, own: Mapping[str, Indicator], known: Known) -> Found:
    """Read and check the file of relations: the form of each row, and what holds of a relation as a whole.

    seeds: those that the rows are added to. own: the local indicators by code; known: what a cell may refer to, local
    codes among them. A sentence names the line.
    """
    rows, faults, content = read_file(path, KIND, known)
    found = Found([row.values for row in rows], content, faults)
    names = _names(seeds)
    members: dict[str, list[tuple[Row, FigureRelation]]] = {}
    indicators = {**load_register(seeds).indicators, **own}
    for row in rows:
        fault = _fault_of_row(row.values, names, indicators)
        if fault is not None:
            found.faults.append(f"{path.name}, line {row.line}{fault}")
            continue
        member = FigureRelation.model_validate(row.values)
        members.setdefault(member.relation, []).append((row, member))
    if found.faults:
        # of a relation that lacks a row nothing can be said as a whole
        return found
    for name, parts in members.items():
        fault = fault_of_relation([member for _, member in parts])
        codes = [member.indicator_code for _, member in parts]
        if fault is None and not set(codes) & set(own):
            are = "are" if len(set(codes)) > 1 else "is"
            fault = f"{listed(dict.fromkeys(codes))} {are} shipped, and one row at least must name a local indicator"
        if fault is not None:
            where = f"{path.name}, line {parts[0][0].line}"
            found.faults.append(f"{where}, relation {shown(name)}: {fault}; correct its rows.")
    found.faults += _said_both(path.name, members.values())
    return found


def added(seeds: Path, rows: Iterable[Mapping[str, str]]) -> str:
    """Return the whole seed with these rows at its end."""
    with (seeds / f"{SEED}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        whole = [*reader, *rows]
        header = list(reader.fieldnames or ())
    text = io.StringIO()
    writer = csv.DictWriter(text, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(whole)
    return text.getvalue()


def undeclared(register: Register, own: Iterable[str], folder: str) -> list[str]:
    """Return a sentence for each local indicator about children whose figures are not said to hang together."""
    lacking = set(register.without_relations())
    return [
        f"{folder}/{FILE}: no row names {code}, which is about children, so its figures could reveal hidden ones; write"
        f" what its {' and its '.join(_terms(register.indicators[code]))} have to do with figures that are published,"
        f" as equal or at_most with 1 for {code} and -1 for the other, or, if it shares no term with any, one row with"
        f" the comparison {ALONE}: {','.join(KIND.header)}."
        for code in own
        if code in lacking
    ]


def _terms(indicator: Indicator) -> tuple[str, ...]:
    return ("numerator",) if indicator.denominator_text is None else ("numerator", "denominator")


def _names(seeds: Path) -> set[str]:
    with (seeds / f"{SEED}.csv").open(encoding="utf-8", newline="") as file:
        return {row["relation"] for row in csv.DictReader(file)}


def _fault_of_row(values: Mapping[str, str], names: set[str], indicators: Mapping[str, Indicator]) -> str | None:
    name = values["relation"]
    if TO_WRITE in values.values():
        unwritten = [column for column, value in values.items() if value == TO_WRITE]
        return f": still to be written: {listed(unwritten)}; correct the row."
    if name in names:
        # its rows would become part of a shipped sum, which would then no longer be proved
        return f", column relation: {shown(name)} is a shipped relation; give the council's own another name."
    fault = fault_of(values, FigureRelation)
    if fault is not None:
        if fault.startswith("moment"):
            return f", column moment: {shown(values['moment'])} is none; write same, before, or as 12 months before."
        return f": {fault}; correct the row."
    member = FigureRelation.model_validate(values)
    fault = fault_of_member(member, indicators[member.indicator_code])
    return None if fault is None else f": {fault}; correct the row."


def _said_both(file: str, relations: Iterable[list[tuple[Row, FigureRelation]]]) -> list[str]:
    """Return a sentence for each indicator that is said to be alone, and to share a term."""
    lines: dict[str, int] = {}
    sharing: set[str] = set()
    for parts in relations:
        for row, member in parts:
            if member.comparison == ALONE:
                lines[member.indicator_code] = row.line
            else:
                sharing.add(member.indicator_code)
    return [
        f"{file}, line {line}: {code} is said to be {ALONE}, and stands in another relation too; take this row out."
        for code, line in lines.items()
        if code in sharing
    ]
