"""Tables by groups: one indicator in parts, or in rows and columns."""

from __future__ import annotations

from csc_warehouse.layouts import Item
from csc_warehouse.reporting.report.blocks import Cell, CrossTable, GroupTable
from csc_warehouse.reporting.report.printing import PARTED, Printer


def groups(printer: Printer, name: str, item: Item) -> GroupTable | None:
    """Return an indicator by its groups, a part for each breakdown; None where no group has a figure."""
    book, entry = printer.book, printer.book.register[item.indicators[0]]
    columns = printer.columns()
    parts = []
    for by in item.breakdowns:
        there = [
            group
            for group in printer.groups(entry.code, by)
            if any(book.figure(entry.code, period, by, group) for period in columns)
        ]
        if there:
            parts.append(
                tuple(
                    (printer.called(by, group), printer.group_figures(entry.code, by, group, columns))
                    for group in there
                )
            )
    if not parts:
        return None
    return GroupTable(
        printer.head(name, item),
        measure=entry.titles[printer.language],
        unit=printer.unit(entry),
        periods=tuple(printer.label(period) for period in columns),
        parts=tuple(parts),
        whole=tuple(printer.cell(entry, book.figure(entry.code, period)) for period in columns),
    )


def cross(printer: Printer, name: str, item: Item) -> CrossTable | None:
    """Return an indicator in rows and columns for the period of the report; None where it has no figure."""
    book, period = printer.book, printer.book.period
    entry = book.register[item.indicators[0]]
    by_row, by_column, by_cell = item.rows or "", item.columns or "", item.cells or ""

    def there(by: str) -> list[str]:
        return [group for group in printer.groups(entry.code, by) if book.figure(entry.code, period, by, group)]

    def part(by: str, group: str) -> Cell:
        return printer.group_cell(entry.code, period, by, group, is_part=True)

    rows, columns = there(by_row), there(by_column)
    if not rows or not columns:
        return None
    return CrossTable(
        printer.head(name, item),
        measure=entry.titles[printer.language],
        period=printer.label(period),
        columns=tuple(printer.called(by_column, column) for column in columns),
        rows=tuple(
            (
                printer.called(by_row, row),
                tuple(part(by_cell, f"{row}{PARTED}{column}") for column in columns),
                printer.group_cell(entry.code, period, by_row, row),
            )
            for row in rows
        ),
        totals=tuple(part(by_column, column) for column in columns),
        whole=printer.cell(entry, book.figure(entry.code, period)),
    )
