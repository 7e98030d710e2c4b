"""RAISe's nightly full extracts: every row of every entity, as deliveries.md section 2 says."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from csc_warehouse.sample.calendar import month_ends
from csc_warehouse.sample.model import DAY, Record, Value, World
from csc_warehouse.sample.tables import RAISE_TABLES, Column, Table
from csc_warehouse.sample.unreadable_rows import RaiseJunk

LAST_NIGHTS = 14
_MONTHLY_FROM = dt.date(2016, 4, 1)
_NOISY_ROWS = 0.06
_TEXT_WITHOUT_WELSH = str.maketrans("ŷŶŵŴ", "yYwW")


def raise_dates(world: World, end: dt.date) -> list[dt.date]:
    """Return the business dates: month ends from April 2016, and every night of the fortnight before the cut-over."""
    if world.cut_over is None:
        return []
    nights = [world.cut_over - DAY * back for back in range(LAST_NIGHTS, 0, -1)]
    # Years that no report covers need fewer pictures of the system: one at the end of each financial year.
    ends = [day for day in month_ends(world.start, nights[0] - DAY) if day >= _MONTHLY_FROM or day.month == 3]
    return [day for day in (*ends, *nights) if world.start <= day <= end]


class _Formatter:
    """Turns one version of one row into a line."""

    def __init__(self, table: Table, world: World) -> None:
        self._columns = tuple(column for column in table.columns if column.raise_name)
        self._rng = random.Random(f"raise {table.entity} {world.seed}")  # noqa: S311 - noise, not secrecy
        self._is_clean = world.is_clean
        self._dates: dict[dt.date, str] = {}
        self.header = ",".join(column.raise_name for column in self._columns)

    def date(self, day: dt.date) -> str:
        text = self._dates.get(day)
        if text is None:
            text = self._dates[day] = f"{day.day:02d}/{day.month:02d}/{day.year}"
        return text

    def time(self, at: dt.datetime) -> str:
        return f"{self.date(at.date())} {at.hour:02d}:{at.minute:02d}"

    def cells(self, record: Record, values: dict[str, Value], day: dt.date) -> list[str]:
        return [self._cell(column, record, values, day) for column in self._columns]

    def _cell(self, column: Column, record: Record, values: dict[str, Value], day: dt.date) -> str:
        kind = column.kind
        if kind == "key":
            return f"{record.number:07d}"
        if kind == "client" and record.child is not None:
            return self._text(kind, record.child.record)
        if kind == "recorded":
            return self.time(record.recorded_at)
        return self.date(day) if kind == "updated" else self._text(kind, values.get(column.name))

    def _text(self, kind: str, value: Value) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, dt.datetime):
            return self.time(value)
        if isinstance(value, dt.date):
            return self.date(value)
        if isinstance(value, Record):
            return f"{value.number:07d}" if value.number else ""
        if isinstance(value, int):
            return str(value) if kind == "number" else f"{value:07d}"
        return ""

    def line(self, record: Record, values: dict[str, Value], day: dt.date) -> bytes:
        cells = self.cells(record, values, day)
        if not self._is_clean and self._rng.random() < _NOISY_ROWS:
            self._disturb(cells)
        text = ",".join(map(quoted, cells))
        # Windows-1252 has no circumflex on w and y: RAISe never knew it.
        return text.encode() if text.isascii() else text.translate(_TEXT_WITHOUT_WELSH).encode("cp1252")

    def _disturb(self, cells: list[str]) -> None:
        """Send one cell as a person or a spreadsheet would: same meaning, other text."""
        rng = self._rng
        place = rng.randrange(len(cells))
        column, cell = self._columns[place], cells[place]
        if column.kind in {"key", "client", "ref"} and cell:
            cells[place] = cell.lstrip("0") or "0"
        elif column.kind == "code" and cell:
            cells[place] = rng.choice((f" {cell}", f"{cell} ", cell.lower(), cell.capitalize()))
        elif column.kind == "date" and not cell:
            cells[place] = "01/01/1900"
        elif column.kind == "time" and not cell:
            cells[place] = "01/01/1900 00:00"
        elif column.kind == "text" and cell:
            cells[place] = f"{cell} "


def quoted(cell: str) -> str:
    """Quote a cell where it must be."""
    if "," in cell or '"' in cell or "\n" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def versions(record: Record, until: dt.date) -> Iterator[tuple[dt.date, dict[str, Value]]]:
    """Yield each state of a row and the day that first shows it, as far as a day."""
    values = dict(record.values)
    day = record.recorded_at.date()
    if day > until:
        return
    yield day, values
    for index, (changed, new) in enumerate(record.changes):
        if changed > until:
            return
        values |= new
        if index + 1 == len(record.changes) or record.changes[index + 1][0] > changed:
            yield changed, values


def write_raise(world: World, out: Path, end: dt.date, *, progress: Callable[[str, int, int], None]) -> tuple[int, int]:
    """Write every RAISe delivery up to a day; return deliveries and rows written."""
    dates = raise_dates(world, end)
    if not dates:
        return 0, 0
    assert world.cut_over is not None  # noqa: S101 - without a cut-over there are no dates
    junk = RaiseJunk(world)
    controls: dict[dt.date, list[str]] = {day: ["FILE_NAME,ROW_COUNT"] for day in dates}
    for day in dates:
        (out / "raise" / day.isoformat()).mkdir(parents=True, exist_ok=True)
    written = 0
    for done, table in enumerate(RAISE_TABLES):
        progress("writing RAISe", done, len(RAISE_TABLES))
        formatter = _Formatter(table, world)
        for day, lines in _states(world, table, formatter, dates):
            body = junk.add(table, formatter.header, lines, day)
            name = f"RAISE_{table.raise_name}_{day:%Y%m%d}.csv"
            content = b"\r\n".join([formatter.header.encode(), *body, b""])
            (out / "raise" / day.isoformat() / name).write_bytes(content)
            controls[day].append(f"{name},{len(body)}")
            written += len(body)
    for day, rows in controls.items():
        path = out / "raise" / day.isoformat() / f"RAISE_CONTROL_{day:%Y%m%d}.csv"
        path.write_bytes("\r\n".join([*rows, ""]).encode("cp1252"))
    progress("writing RAISe", len(RAISE_TABLES), len(RAISE_TABLES))
    return len(dates), written


def _states(
    world: World, table: Table, formatter: _Formatter, dates: list[dt.date]
) -> Iterator[tuple[dt.date, list[bytes]]]:
    """Yield for each business date the lines of a table at the end of that day; each version is formatted once."""
    records = [record for record in world.records.get(table.entity, ()) if record.number]
    events: list[tuple[dt.date, int, bytes | None]] = []
    last = dates[-1]
    for index, record in enumerate(records):
        for day, values in versions(record, last):
            events.append((day, index, formatter.line(record, values, day)))
        if record.deleted_on is not None and record.deleted_on <= last:
            events.append((record.deleted_on, index, None))
    events.sort(key=lambda event: event[0])
    current: list[bytes | None] = [None] * len(records)
    place = 0
    for day in dates:
        while place < len(events) and events[place][0] <= day:
            current[events[place][1]] = events[place][2]
            place += 1
        yield day, [line for line in current if line is not None]
