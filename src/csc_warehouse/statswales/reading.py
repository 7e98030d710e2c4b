"""A data table of StatsWales, read cell by cell: its values, or one sentence for each fault."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from csc_warehouse.errors import listed, nearest, offer, shown
from csc_warehouse.statswales.form import WHOLE, Form, Period, load_form, period_of

MOST_BYTES = 64 * 1024**2
NUMBER = re.compile(r"-?\d+(\.\d+)?")
NEEDED = ("area", "year", "measure", "notes", "data")
"""Columns without which a table says nothing; who is measured may be said beside it."""


@dataclass(frozen=True)
class Choices:
    """What is said beside a table of what it leaves open."""

    indicator: str | None = None
    """Of the whole table, where it has no column of indicators."""
    measures: Mapping[str, str] = field(default_factory=dict)
    """By a code of the table's own, what it measures."""
    where: Mapping[str, str] = field(default_factory=dict)
    """By a column that is no part of a comparator, the one value whose rows are read."""


@dataclass(frozen=True)
class Cell:
    """One value of the table, or that there is none, with the line that it stands on."""

    line: int
    area: str
    period: Period
    indicator: str
    measure: str
    value: str
    """Empty: there is none, by its note codes."""
    codes: tuple[str, ...]
    is_forecast: bool
    source: str


@dataclass
class Table:
    """What was read: values, a sentence for each fault, and how many rows were passed over, and why."""

    name: str
    headings: dict[str, str] = field(default_factory=dict)
    """By what a column holds, the heading that it has here."""
    cells: list[Cell] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    groups: int = 0
    """Rows of single groups."""
    elsewhere: int = 0
    """Rows with another value than the one chosen by `where`."""
    rows: int = 0
    header: tuple[str, ...] = ()
    """As it stands in the file."""

    def place(self, line: int, holds: str) -> str:
        """Return where a cell stands, as a sentence begins."""
        return f"{self.name}, line {line}, column {self.headings.get(holds, holds)}"


def read_table(path: Path, choices: Choices, form: Form | None = None) -> Table:
    """Read a table, UTF-8 with commas as the service takes it; every row is read, passed over and counted, or a fault.

    A sentence names file, line and column, and says what to do.
    """
    form = form or load_form()
    table = Table(path.name)
    text = _text(path, table)
    if text is None:
        return table
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        table.header = tuple(header)
        holds = _columns(header, choices, form, table)
        if table.faults:
            return table
        begins = reader.line_num + 1
        for record in reader:
            line, begins = begins, reader.line_num + 1
            if not any(cell.strip() for cell in record):
                continue
            table.rows += 1
            if len(record) != len(header):
                table.faults.append(
                    f"{table.name}, line {line}: it has {len(record)} values and the header {len(header)}; put a text"
                    " that holds a comma into double quotes."
                )
                continue
            _read_row(line, dict(zip(holds, (cell.strip() for cell in record), strict=True)), choices, form, table)
    except csv.Error as error:
        table.faults.append(f"{table.name}: it cannot be read as CSV ({error}); save it anew as CSV with commas.")
    if not table.rows and not table.faults:
        table.faults.append(f"{table.name}: it has no rows; read the table that StatsWales gives under download.")
    return table


def _text(path: Path, table: Table) -> str | None:
    try:
        if not path.is_file():
            table.faults.append(f"{path}: there is no such file; name a CSV file.")
            return None
        if path.stat().st_size > MOST_BYTES:
            table.faults.append(f"{path.name}: it is larger than {MOST_BYTES // 1024**2} MB; download fewer rows.")
            return None
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        table.faults.append(f"{path.name}: it is not in UTF-8; save it as CSV UTF-8 (comma delimited).")
    except OSError as error:
        table.faults.append(f"{path.name}: it cannot be read ({error.strerror}); correct its owner or mode.")
    return None


def _columns(header: list[str], choices: Choices, form: Form, table: Table) -> list[str]:
    """Return what each column holds: a part of a value, a heading of `where`, or nothing; tell what cannot be read."""
    place = f"{table.name}, line 1"
    holds: list[str] = []
    for heading in header:
        known = form.column_of(heading)
        if heading in choices.where:
            holds.append(f"where {heading}")
            continue
        if known is None:
            table.faults.append(
                f"{place}, column {shown(heading) or '(empty)'}: it is no part of a comparator; say which of its values"
                f' is to be read: --where "{shown(heading)}=VALUE".'
            )
        elif known and known in table.headings:
            table.faults.append(f"{place}, column {shown(heading)}: {table.headings[known]} says the same; keep one.")
        elif known:
            table.headings[known] = heading
        holds.append(known or "")
    for heading in choices.where:
        if heading not in header:
            table.faults.append(f"{place}: there is no column {shown(heading)} (--where); {offer(heading, header)}")
    lacking = [form.columns[name].heading for name in NEEDED if name not in table.headings]
    if lacking:
        table.faults.append(f"{place}: the header lacks {listed(lacking)}; it is no data table of StatsWales (SW3).")
    elif "indicator" not in table.headings and choices.indicator is None:
        table.faults.append(f"{place}: no column says which indicator it is; say it: --indicator CODE.")
    return holds


def _read_row(line: int, row: Mapping[str, str], choices: Choices, form: Form, table: Table) -> None:
    if any(row[f"where {heading}"] != value for heading, value in choices.where.items()):
        table.elsewhere += 1
        return
    if (row.get("breakdown", WHOLE), row.get("group", WHOLE)) != (WHOLE, WHOLE):
        table.groups += 1
        return
    faults: list[str] = []
    period = period_of(row["year"])
    if period is None:
        faults.append(
            f"{table.place(line, 'year')}: {shown(row['year']) or 'nothing'} is no financial year or quarter of one; it"
            " is written as 201819 or 201819Q2."
        )
    measure = choices.measures.get(row["measure"], row["measure"])
    if measure not in form.measures:
        meant = nearest(measure, form.measures)
        faults.append(
            f"{table.place(line, 'measure')}: {shown(row['measure']) or 'nothing'} is not known;"
            + (
                f" did you mean {meant}?"
                if meant
                else f' say what it is: --measure "{shown(row["measure"])}=MEASURE", of {listed(form.measures)}.'
            )
        )
    value, codes, fault = _value(row["data"], row["notes"], form)
    if fault is not None:
        holder, sentence = fault
        faults.append(f"{table.place(line, holder)}: {sentence}")
    table.faults += faults
    if period is None or faults:
        return
    table.cells.append(
        Cell(
            line=line,
            area=row["area"],
            period=period,
            indicator=row.get("indicator") or choices.indicator or "",
            measure=measure,
            value=value,
            codes=codes,
            is_forecast=any(form.notes[code].value == "forecast" for code in codes),
            source=row.get("source", ""),
        )
    )


def _value(data: str, notes: str, form: Form) -> tuple[str, tuple[str, ...], tuple[str, str] | None]:
    """Return a value and its note codes; a fault by the column that it lies in, where the two contradict each other."""
    codes = tuple(dict.fromkeys(code.strip().casefold() for code in notes.split(",") if code.strip()))
    for code in codes:
        if code not in form.notes:
            return "", codes, ("notes", f"{shown(code)} is no note code; there is {listed(form.notes, most=20)}.")
    if data in form.symbols:
        codes = tuple(dict.fromkeys((*codes, form.symbols[data])))
        data = ""
    if data and not NUMBER.fullmatch(data):
        return "", codes, ("data", f"{shown(data)} is no number; write it as 7200 or 88.9, without commas and units.")
    without = [code for code in codes if form.notes[code].value == "none"]
    if data and without:
        return "", codes, ("notes", f"{without[0]} says that there is no value, and there is one; correct one of them.")
    if not data and not without:
        return "", codes, ("data", "it is empty, and no note code says why; write the value, or c, x or z as its code.")
    return data, codes, None
