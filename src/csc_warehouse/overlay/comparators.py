"""Figures that others published, read from a data table of StatsWales into the overlay's file of comparators."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from csc_warehouse.authorities import WELSH_AUTHORITIES
from csc_warehouse.errors import UsageError, few_sentences, listed, offer, shown
from csc_warehouse.overlay import cells
from csc_warehouse.overlay.kinds import REMOVES, Kind, load_kinds
from csc_warehouse.overlay.laying import lay
from csc_warehouse.overlay.reading import Row, key_of, read_file
from csc_warehouse.register import Indicator, load_register
from csc_warehouse.settings import Settings, shipped
from csc_warehouse.statswales import Cell, Choices, Form, Table, load_form, read_table

FILE = "comparators.csv"
_HOLDS = {"indicator_code": "indicator", "scope_code": "area", "period_label": "year"}
"""By column of a comparator, the column of the table that it is read from."""


@dataclass(frozen=True)
class Merged:
    """What the file of comparators holds after a table was read into it, and what became of the table's rows."""

    text: str
    added: int
    replaced: int
    same: int
    not_published: int
    """Of these, figures that say why there is none."""
    forecasts: int
    groups: int
    elsewhere: int
    rows: int


def read_comparators(
    table_path: Path,
    settings: Settings,
    *,
    published_on: datetime.date,
    choices: Choices,
    source: str | None,
    into: Path,
) -> Merged:
    """Read a data table of StatsWales as comparators and lay them into a file of them; nothing is written.

    published_on: the day from which a report may show the figures, which no table tells. source: as it is to be named;
    None: what the table says. into: the overlay's file, which need not be there. A figure without a value, and a
    forecast, is one that was not published. Raises UsageError with a sentence for each fault: its file, line and
    column.
    """
    form = load_form()
    register = _register(settings)
    known = cells.Known(frozenset(register), settings.config)
    kind = load_kinds()[FILE]
    choices = _checked(choices, form, register)
    table = read_table(table_path, choices, form)
    if set(kind.header) <= set(table.header):
        raise UsageError(
            f"{table_path.name} is a file of comparators already, no data table of StatsWales: put it into the overlay"
            f" as {FILE}, or its rows into the one that is there. Nothing was written."
        )
    read = _Reader(table, form, kind, known, register, published_on, source).rows() if not table.faults else {}
    faults = list(table.faults)
    standing: list[Row] = []
    if into.exists():
        standing, wrong, _ = read_file(into, kind, known)
        faults += wrong
    if faults:
        raise UsageError(f"{table_path.name} was not read, and nothing was written: " + _told(faults))
    return _merged(table, read, standing, kind)


def _register(settings: Settings) -> Mapping[str, Indicator]:
    """Return the register with the council's own indicators in it."""
    laid = lay(settings)
    own = "" if laid is None else laid.seeds.get("indicators", "")
    rows = csv.DictReader(io.StringIO(own, newline=""))
    return load_register(shipped("dbt_project") / "seeds").indicators | {
        row["code"]: Indicator.model_validate(row) for row in rows
    }


def _told(faults: list[str]) -> str:
    return " ".join(few_sentences(faults, "faults"))


def _checked(choices: Choices, form: Form, register: Mapping[str, Indicator]) -> Choices:
    if choices.indicator is not None and choices.indicator not in register:
        raise UsageError(
            f"--indicator {choices.indicator} is not in the register: {offer(choices.indicator, register)}"
        )
    for code, measure in choices.measures.items():
        if measure not in form.measures:
            raise UsageError(f"--measure {code}={measure}: {measure} is no measure; {offer(measure, form.measures)}")
    return choices


@dataclass(frozen=True)
class _Reader:
    """Makes the values of one table into comparators, one of all the measures of a figure."""

    table: Table
    form: Form
    kind: Kind
    known: cells.Known
    register: Mapping[str, Indicator]
    published_on: datetime.date
    source: str | None

    def rows(self) -> dict[tuple[str, ...], tuple[dict[str, str], bool]]:
        """Return comparators by key, and whether each is a forecast; faults are added to those of the table."""
        found: dict[tuple[str, ...], dict[str, Cell]] = {}
        for cell in self.table.cells:
            measures = found.setdefault((cell.indicator, cell.area, *cell.period), {})
            fills = self.form.measures[cell.measure].fills
            if fills in measures:
                self.table.faults.append(
                    f"{self.table.place(cell.line, 'measure')}: the {fills.replace('_', ' ')} of"
                    f" {shown(cell.indicator)}, {shown(cell.area)}, {cell.period.label} stands on line"
                    f" {measures[fills].line} already; where a column parts them, say which is to be read (--where)."
                )
                continue
            measures[fills] = cell
        return {key: row for key, measures in found.items() if (row := self._row(measures)) is not None}

    def _row(self, measures: Mapping[str, Cell]) -> tuple[dict[str, str], bool] | None:
        first = next(iter(measures.values()))
        faults = [
            *self._faults_of_measures(measures.values()),
            *(
                []
                if "value" in measures
                else [f"{self.table.place(first.line, 'measure')}: {self._lacks_value(first)}"]
            ),
        ]
        if faults:
            self.table.faults += faults
            return None
        value = measures["value"]
        is_published = bool(value.value) and not value.is_forecast
        found = dict.fromkeys(self.kind.columns, "") | {
            "indicator_code": first.indicator,
            "scope": {**WELSH_AUTHORITIES, **self.form.nations}.get(first.area, ""),
            "scope_code": first.area,
            "period_type": first.period.period_type,
            "period_label": first.period.label,
            "status": "published" if is_published else "not_published",
            "source": self.source or first.source,
            "published_on_date": str(self.published_on) if is_published else "",
            "note": self._note(value),
        }
        if is_published:
            found |= {fills: cell.value for fills, cell in measures.items()}
        row: dict[str, str] = {}
        for column, declared in self.kind.columns.items():
            try:
                row[column] = cells.read(found[column], declared, found, self.known)
            except cells.CellError as fault:
                faults.append(f"{self._place(column, measures)}: {self._said(column, str(fault))}")
        self.table.faults += faults
        return None if faults else (row, value.is_forecast)

    def _faults_of_measures(self, measured: Iterable[Cell]) -> Iterable[str]:
        for cell in measured:
            row = self.register.get(cell.indicator)
            # a code that is none is told by its own cell
            if row is not None and row.value_type not in self.form.measures[cell.measure].of:
                yield (
                    f"{self.table.place(cell.line, 'measure')}: {cell.measure} is no measure of {cell.indicator}, whose"
                    f" value is a {row.value_type}; a figure of another definition is no comparator."
                )

    def _lacks_value(self, cell: Cell) -> str:
        values = [code for code, one in self.form.measures.items() if one.fills == "value"]
        return (
            f"of {shown(cell.indicator)}, {shown(cell.area)}, {cell.period.label} no row is the figure itself"
            f" ({listed(values)}); read a table that holds it."
        )

    def _place(self, column: str, measures: Mapping[str, Cell]) -> str:
        holds = _HOLDS.get(column, "area" if column == "scope" else "data")
        return self.table.place(measures[column].line if column in measures else measures["value"].line, holds)

    def _said(self, column: str, fault: str) -> str:
        if column == "scope":
            wales = next(iter(self.form.nations))
            return f"no name is known of this place; a comparator is of Wales ({wales}) or of one authority."
        if column == "source":
            return "the table does not say where it is from; say it: --source TEXT."
        return fault.rstrip(".") + ("" if fault.endswith("?") else ".")

    def _note(self, value: Cell) -> str:
        meanings = [f"{code}: {self.form.notes[code].en}" for code in value.codes]
        if value.is_forecast:
            meanings.append(f"a forecast of {value.value} is shown beside no figure")
        return "; ".join(meanings)


def _merged(
    table: Table, read: Mapping[tuple[str, ...], tuple[dict[str, str], bool]], standing: list[Row], kind: Kind
) -> Merged:
    """Lay what was read over the rows that stand: of the same key it takes their place, all others stay as they are."""
    kept = {key_of(row.values, kind): row for row in standing}
    counts = dict.fromkeys(("added", "replaced", "same"), 0)
    for values, _ in read.values():
        key = key_of(values, kind)
        before = kept.get(key)
        what = (
            "added" if before is None else "same" if before.values == values and not before.is_removed else "replaced"
        )
        counts[what] += 1
        kept[key] = Row(0, values, is_removed=False)
    file = io.StringIO()
    has_removed = any(row.is_removed for row in kept.values())
    writer = csv.DictWriter(file, [*kind.header, *([REMOVES] if has_removed else [])], lineterminator="\n")
    writer.writeheader()
    for row in kept.values():
        writer.writerow(row.values | ({REMOVES: "true" if row.is_removed else ""} if has_removed else {}))
    return Merged(
        file.getvalue(),
        **counts,
        not_published=sum(values["status"] == "not_published" for values, _ in read.values()),
        forecasts=sum(forecast for _, forecast in read.values()),
        groups=table.groups,
        elsewhere=table.elsewhere,
        rows=table.rows,
    )
