"""Faults of corporate returns: what people and programs do to a sheet that still reads well and says something else."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import cast

from csc_warehouse.sample.corporate import Cell, write_csv, write_workbook
from csc_warehouse.sample.faults import Step, Target, fault

Table = list[list[Cell]]


def _edit(target: Target, kind: str, change: Callable[[list[str], Table], Table]) -> None:
    """Change the rows of the last return of a kind; change is given its columns and rows."""
    path = max((target.out / "corporate").glob(f"*/{kind}_*"))
    columns, table = _read_workbook(path) if path.suffix == ".xlsx" else _read_csv(path)
    changed = change(columns, table)
    if path.suffix == ".xlsx":
        write_workbook(path, columns, changed, None, dt.date.fromisoformat(path.parent.name))
    else:
        write_csv(path, columns, changed)


def _read_csv(path: Path) -> tuple[list[str], Table]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        columns, *rows = csv.reader(file)
    return columns, [list(row) for row in rows]


def _read_workbook(path: Path) -> tuple[list[str], Table]:
    import openpyxl

    sheet = openpyxl.load_workbook(path).worksheets[0]
    # the sample writes no other cells
    rows = [[cast(Cell, cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    start = next(place for place, row in enumerate(rows) if "as_at" in row)
    end = next((place for place in range(start, len(rows)) if not any(rows[place])), len(rows))
    return [str(name) for name in rows[start]], rows[start + 1 : end]


@fault("The last budget monitoring was written by a program, and its formulas were never calculated.", Step.SHAPED)
def return_never_calculated(target: Target) -> None:
    """Write formulas where amounts stood."""

    def change(columns: list[str], table: Table) -> Table:
        place = columns.index("projected_gbp")
        for number, row in enumerate(table, start=2):
            row[place] = f"=B{number}+1000"
        return table

    _edit(target, "finance_monitor", change)


@fault("The last list of adopters has an empty row in its middle.", Step.SHAPED)
def return_goes_on_below(target: Target) -> None:
    """Put an empty row between the rows."""

    def change(columns: list[str], table: Table) -> Table:
        half = len(table) // 2
        return [*table[:half], [None] * len(columns), *table[half:]]

    _edit(target, "nwas_adopters", change)


@fault("The last list of adopters says 2108 in every date for its year.", Step.SHAPED)
def return_of_a_coming_century(target: Target) -> None:
    """Mistype the year of the day that a return speaks of."""

    def change(columns: list[str], table: Table) -> Table:
        place = columns.index("as_at")
        for row in table:
            row[place] = f"2108{str(row[place])[4:]}"
        return table

    _edit(target, "nwas_adopters", change)


@fault("The last list of Families First services ends with a row of its total.")
def return_with_a_total(target: Target) -> None:
    """Add a row whose organisation is a word for a total."""

    def change(columns: list[str], table: Table) -> Table:
        total = list(table[-1])
        total[columns.index("organisation")] = "Total:"
        return [*table, total]

    _edit(target, "families_first", change)


@fault("One heading of the last budget monitoring has no budget.")
def return_amount_blank(target: Target) -> None:
    """Leave an amount blank."""

    def change(columns: list[str], table: Table) -> Table:
        target.rng.choice(table)[columns.index("budget_gbp")] = None
        return table

    _edit(target, "finance_monitor", change)


@fault("The last list of children who wait for adoption holds a third of the rows of the one before.")
def return_halved(target: Target) -> None:
    """Keep too few of the rows."""
    before, *_ = sorted((target.out / "corporate").glob("*/nwas_children_waiting_*"))[-2:]
    kept = len(_read_csv(before)[1]) // 3
    _edit(target, "nwas_children_waiting", lambda _, table: table[:kept])


@fault("The last establishment return holds no row.")
def return_emptied(target: Target) -> None:
    """Keep the header alone."""
    _edit(target, "hr_establishment", lambda _, __: [])
