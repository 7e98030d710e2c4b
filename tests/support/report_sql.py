"""Every figure in every table and drawing of a report's page, held to what SQL says of the same release."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.layouts import Item, Layout
from tests.support.report_page import Page, Row

PERIOD = re.compile(r"\d{4}/\d{2}( [QH][1-4])?")
MARKS = re.compile(r" \([prh]\)")
NONE = "\N{EN DASH}"
SIGNS = {"overspend": "", "underspend": "-"}
PARTED = " | "

_SERIES = text(
    "select indicator_code, breakdown, breakdown_value, period_label, display from reporting.rpt_indicator_series"
    " where profile = 'committee' and authority_code = :authority"
)
_TITLES = text("select code, title from marts.indicators")
_LABELS = text(
    "select breakdown, breakdown_value, title from reporting.rpt_breakdown_labels where authority_code = :authority"
)

Key = tuple[str, str, str]


def printed(cell_text: str) -> str:
    """Return a printed figure as reporting has it: without its marks, and with a minus for the word of its sign."""
    bare = MARKS.sub("", cell_text)
    figure, _, word = bare.rpartition(" ")
    return f"{SIGNS[word]}{figure}" if word in SIGNS else bare


@dataclass(frozen=True)
class Published:
    """What readers see of an authority, as SQL says it."""

    layout: Layout
    displays: Mapping[Key, Mapping[str, str]]
    """By indicator, breakdown and group; then by label of the period."""
    titles: Mapping[str, str]
    labels: Mapping[tuple[str, str], str]

    def assert_page_is_of_it(self, page: Page, period: str) -> dict[str, int]:
        """Hold every table and drawing of the layout that stands on the page; return how many figures of each kind.

        period: the report's own, of which alone its tables in rows and columns are.
        """
        compared: dict[str, int] = {}
        for name in self.layout.shown:
            item = self.layout.items[name]
            count = sum(1 for _ in self._compared(page, name, item, period))
            compared[item.shows] = compared.get(item.shows, 0) + count
        return compared

    def _compared(self, page: Page, name: str, item: Item, period: str) -> Iterator[None]:
        tables = [rows for key in (name, f"{name}_by_year", f"{name}-trend") for rows in page.tables.get(key, [])]
        if item.shows == "cross":
            yield from (each for rows in tables for each in self._cross(rows, item, period))
            return
        named = self._named(item)
        for rows in tables:
            for row in rows:
                yield from self._row(row, named[row.name], may_lack=item.shows == "groups")
        if item.shows in ("bars", "lines") and name in page.drawings:
            yield from self._drawing(page.drawings[name], tables[0], named)

    def _drawing(self, says: str, rows: list[Row], named: Mapping[str, Key]) -> Iterator[None]:
        """Hold what a drawing says of each line, point by point; the data behind it has a row for each."""
        for row in rows:
            run = self.displays[named[row.name]]
            points = [f"{cell.label}: {run.get(cell.label) or 'none'}" for cell in row.cells if cell.label in run]
            said = "; ".join(points)
            assert f"{row.name}: {said}." in says if len(rows) > 1 else f"{said}." in says, row.name
            yield from (None for _ in points)

    def _named(self, item: Item) -> dict[str, Key]:
        """Return what each row of a table is about by its name; the last row of groups is of all."""
        code = item.indicators[0]
        if item.shows == "measures" or item.shows in ("bars", "lines"):
            return {self.titles[each]: (each, "all", "all") for each in reversed(item.indicators)}
        groups = {
            self._called(by, group): (its, by, group)
            for its, by, group in self.displays
            if its == code and by in item.breakdowns
        }
        return groups | {f"All: {self.titles[code]}": (code, "all", "all")}

    def _row(self, row: Row, key: Key, *, may_lack: bool) -> Iterator[None]:
        run = self.displays.get(key, {})
        for cell in row.cells:
            if not PERIOD.fullmatch(cell.label):
                continue
            if cell.label not in run:
                assert cell.text in ((NONE, "0") if may_lack else (NONE, "")), (key, cell.label, cell.text)
                continue
            if cell.text == NONE and self.layout.measure(key[0]).quarters_only:
                continue
            assert printed(cell.text) == run[cell.label], (key, cell.label)
            yield

    def _cross(self, rows: list[Row], item: Item, period: str) -> Iterator[None]:
        code, by_row, by_column, by_cell = item.indicators[0], item.rows or "", item.columns or "", item.cells or ""
        lines = self._groups(code, by_row)
        heads = self._groups(code, by_column)
        for row in rows:
            for cell in row.cells:
                column, line = heads.get(cell.label), lines.get(row.name)
                key = (code, by_row if line else "all", line or "all")
                if column is not None:
                    key = (code, by_cell, f"{line}{PARTED}{column}") if line else (code, by_column, column)
                display = self.displays.get(key, {}).get(period)
                assert printed(cell.text) == display or (display is None and cell.text in (NONE, "0")), key
                yield

    def _groups(self, code: str, breakdown: str) -> dict[str, str]:
        return {self._called(by, group): group for its, by, group in self.displays if (its, by) == (code, breakdown)}

    def _called(self, breakdown: str, group: str) -> str:
        if self.layout.names(breakdown, group):
            return self.layout.called(breakdown, group, "en")
        if (breakdown, group) in self.labels or PARTED not in group:
            return self.labels.get((breakdown, group), group)
        parts, values = breakdown.split("_"), group.split(PARTED)
        if len(parts) != len(values):
            return group
        return ": ".join(self._called(part, value) for part, value in zip(parts, values, strict=True))


def published(connection: Connection, layout: Layout, authority: str) -> Published:
    """Return what readers see of an authority."""
    displays: dict[Key, dict[str, str]] = {}
    for row in connection.execute(_SERIES, {"authority": authority}):
        displays.setdefault((row.indicator_code, row.breakdown, row.breakdown_value), {})[row.period_label] = (
            row.display
        )
    labels: dict[tuple[str, str], str] = {
        (row.breakdown, row.breakdown_value): row.title for row in connection.execute(_LABELS, {"authority": authority})
    }
    titles: dict[str, Any] = {row.code: row.title for row in connection.execute(_TITLES)}
    return Published(layout, displays, titles, labels)
