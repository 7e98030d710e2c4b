"""WCCIS's nightly zips: deltas, fulls on Sundays and at the start, as deliveries.md section 3 says."""

from __future__ import annotations

import codecs
import datetime as dt
import hashlib
import json
import random
import zipfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from csc_warehouse.sample.calendar import to_utc
from csc_warehouse.sample.migration import CAME_BACK_AT, InWccis
from csc_warehouse.sample.model import DAY, Record, Value, World
from csc_warehouse.sample.raise_writer import quoted
from csc_warehouse.sample.tables import LABELS, UNLISTED_NUMBER, WCCIS_CODES, WCCIS_TABLES, Column, Table

NIGHTLY_FROM = dt.date(2018, 12, 2)
"""From this Sunday the sample holds every night; before it Sundays alone."""
FURTHER_NIGHTS = 14
_NOISY_ROWS = 0.04
_COMMON = ("createdon", "modifiedon", "owningauthority", "legacyid", "inactive")
_MIGRATED_AT = dt.time(0, 30)
_COMPRESSION_LEVEL = 1
_THREADS = 2
_JUNK_DATES = (dt.date(2018, 8, 12), dt.date(2018, 12, 27), dt.date(2018, 12, 30))


def wccis_dates(world: World, end: dt.date, nightly_from: dt.date = NIGHTLY_FROM) -> list[dt.date]:
    """Return the business dates of an authority.

    With a cut-over: that day, every Sunday, every night from a day on. Without: a full and 14 nights to the end.
    """
    if world.cut_over is None:
        return [end - DAY * back for back in range(FURTHER_NIGHTS, -1, -1)]
    days = (end - world.cut_over).days + 1
    return [
        day
        for day in (world.cut_over + DAY * step for step in range(max(days, 0)))
        if day == world.cut_over or day.weekday() == 6 or day >= nightly_from
    ]


class _Formatter:
    """Turns one version of one row into a line."""

    def __init__(self, table: Table, world: World, placed: dict[int, InWccis]) -> None:
        self._table = table
        self._world = world
        self._placed = placed
        self._columns = tuple(column for column in table.columns if column.wccis_name)
        self._rng = random.Random(f"wccis {table.entity} {world.seed} {world.authority}")  # noqa: S311 - noise
        self._guids: dict[tuple[str, int], str] = {}
        names = []
        for column in self._columns:
            names += [column.wccis_name, column.label] if column.label else [column.wccis_name]
        self.names = [*names, *_COMMON]
        self.header = ",".join(self.names)

    def _mixed(self, guid: str) -> str:
        """Return a GUID in one of the cases in which the system writes it."""
        draw = self._rng.random()
        if draw < 0.4:
            return guid
        if draw < 0.7:
            return guid.upper()
        return guid[:13].upper() + guid[13:]

    def _thing(self, kind: str, number: int) -> str:
        guid = self._guids.get((kind, number))
        if guid is None:
            guid = self._guids[kind, number] = self._world.guid(kind, number)
        return self._mixed(guid)

    def _reference(self, record: Record | None) -> str:
        return self._mixed(record.identity) if record is not None and id(record) in self._placed else ""

    def _cell(self, column: Column, record: Record, values: dict[str, Value]) -> str:
        if column.kind == "key":
            return self._mixed(record.identity)
        if column.kind == "client":
            return self._reference(record.child.record if record.child else None)
        value = values.get(column.name)
        if value is None or isinstance(value, Record):
            return self._reference(value)
        if isinstance(value, dt.datetime):
            return f"{to_utc(value).isoformat(timespec='seconds')}Z"
        if isinstance(value, dt.date):
            return value.isoformat()
        return self._coded(column, value)

    def _coded(self, column: Column, value: Value) -> str:
        if column.kind == "ref" and isinstance(value, int):
            return self._thing(column.codes, value)
        if column.kind == "flag":
            return "1" if value == "Y" else "0"
        if column.codes:
            return WCCIS_CODES[column.codes].get(str(value), UNLISTED_NUMBER)
        return str(value)

    def line(self, record: Record, values: dict[str, Value], place: InWccis, modified: str) -> bytes:
        cells = []
        for column in self._columns:
            cells.append(self._cell(column, record, values))
            if column.label:
                value = values.get(column.name)
                cells.append("" if value is None else LABELS.get(str(value), str(value)))
        legacy = record.legacy_number if record.legacy_number is not None else place.legacy_number
        is_inactive = values.get("status") == "VOID" or values.get("inactive") == 1
        noisy = not self._world.is_clean and self._rng.random() < _NOISY_ROWS
        cells += [
            self._created(record, place),
            modified,
            self._world.authority,
            legacy.lstrip("0") if noisy else legacy,
            "1" if is_inactive else "0",
        ]
        text = [quoted(cell) for cell in cells]
        if noisy:
            index = self._rng.randrange(len(text))
            if not text[index].startswith('"'):
                text[index] = f'"{text[index]}"'
        return ",".join(text).encode()

    def _created(self, record: Record, place: InWccis) -> str:
        if place.is_migrated:
            return _stamp(dt.datetime.combine(place.start, _MIGRATED_AT))
        if record.recorded_at.date() < place.start:
            return _stamp(to_utc(dt.datetime.combine(place.start, CAME_BACK_AT)))
        return _stamp(to_utc(record.recorded_at))


def _stamp(at: dt.datetime) -> str:
    return f"{at.isoformat(timespec='seconds')}Z"


def _midnight(values: dict[str, Value]) -> dict[str, Value]:
    """Lose the times of day, as the migration did."""
    return {
        name: dt.datetime.combine(value.date(), dt.time()) if isinstance(value, dt.datetime) else value
        for name, value in values.items()
    }


def _versions(
    record: Record, place: InWccis, until: dt.date, minute: int
) -> list[tuple[dt.date, dict[str, Value], str]]:
    """Return each state of a row in WCCIS: the day that first shows it, its values, its modifiedon."""
    if place.start > until:
        return []
    before = dict(record.values)
    for changed, new in record.changes:
        if changed < place.start:
            before |= new
    values = _midnight(before) if place.is_migrated else before
    if place.is_migrated:
        stamp = _stamp(dt.datetime.combine(place.start, dt.time(15, 5)))
    elif record.recorded_at.date() < place.start:
        stamp = _stamp(to_utc(dt.datetime.combine(place.start, CAME_BACK_AT)))
    else:
        stamp = _stamp(to_utc(record.recorded_at))
    states = [(place.start, values, stamp)]
    for changed, new in record.changes:
        if place.start <= changed <= until:
            values = values | new
            at = to_utc(dt.datetime.combine(changed, dt.time(17)) + dt.timedelta(minutes=minute))
            if states[-1][0] == changed:
                states.pop()
            states.append((changed, values, _stamp(at)))
    return states


def write_wccis(
    world: World,
    placed: dict[int, InWccis],
    out: Path,
    end: dt.date,
    *,
    progress: Callable[[str, int, int], None],
    nightly_from: dt.date = NIGHTLY_FROM,
) -> tuple[int, int]:
    """Write every WCCIS delivery of an authority up to a day; return deliveries and rows written."""
    dates = wccis_dates(world, end, nightly_from)
    if not dates:
        return 0, 0
    tables = [_TableState(world, table, placed, dates[-1], dates[0]) for table in WCCIS_TABLES]
    written = 0
    # Hashing and packing leave the interpreter free, so two threads use two cores; few zips wait at a time.
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting: list[Future[None]] = []
        for done, day in enumerate(dates):
            progress(f"writing WCCIS {world.authority}", done, len(dates))
            is_full = day == dates[0] or day.weekday() == 6
            members = {f"{table.name}.csv": table.extract(day, is_full=is_full) for table in tables}
            written += sum(rows for rows, _ in members.values())
            folder = out / "wccis" / world.authority / day.isoformat()
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"wccis_export_{day:%Y%m%d}.zip"
            waiting.append(pool.submit(write_zip, path, world.authority, day, members, is_full=is_full))
            if len(waiting) > 2 * _THREADS:
                waiting.pop(0).result()
        for future in waiting:
            future.result()
    progress(f"writing WCCIS {world.authority}", len(dates), len(dates))
    return len(dates), written


class _TableState:
    """One entity as it stands, moved on from business date to business date."""

    def __init__(self, world: World, table: Table, placed: dict[int, InWccis], last: dt.date, first: dt.date) -> None:
        self.name = table.wccis_name
        self._is_clean = world.is_clean
        self._authority = world.authority
        formatter = _Formatter(table, world, placed)
        self._header = formatter.header
        self._events: list[tuple[dt.date, int, bytes | None]] = []
        records = [record for record in world.records.get(table.entity, ()) if id(record) in placed]
        for index, record in enumerate(records):
            place = placed[id(record)]
            if record.deleted_on is not None and record.deleted_on <= max(first, place.start):
                continue
            states = _versions(record, place, last, index % 50)
            for number, (day, values, stamp) in enumerate(states):
                if number + 1 == len(states) or states[number + 1][0] > first:
                    self._events.append((max(day, first), index, formatter.line(record, values, place, stamp)))
            if record.deleted_on is not None and record.deleted_on <= last:
                self._events.append((record.deleted_on, index, None))
        self._events.sort(key=lambda event: event[0])
        self._place = 0
        self._current: list[bytes | None] = [None] * len(records)

    def extract(self, day: dt.date, *, is_full: bool) -> tuple[int, bytes]:
        """Return the number of rows and the bytes of the entity's file for a day."""
        touched: dict[int, None] = {}
        while self._place < len(self._events) and self._events[self._place][0] <= day:
            _, index, line = self._events[self._place]
            self._current[index] = line
            touched[index] = None
            self._place += 1
        chosen = self._current if is_full else [self._current[index] for index in touched]
        lines = [line for line in chosen if line is not None]
        if self.name in {"contact", "caseform"} and day in _JUNK_DATES and not self._is_clean:
            # A delta is small: one bad row, or more than the few in a hundred that a delivery may have would be bad.
            lines = _with_junk(lines, self._header, day, self._authority)[: None if is_full else len(lines) + 1]
        return len(lines), b"\n".join([codecs.BOM_UTF8 + self._header.encode(), *lines, b""])


def _with_junk(lines: list[bytes], header: str, day: dt.date, authority: str) -> list[bytes]:
    """Add rows that cannot be read; each has a key of its own or none."""
    columns = header.split(",")
    date_column = next(index for index, name in enumerate(columns) if name.endswith(("date", "datetime")))

    def row(number: int, **cells: str) -> list[str]:
        key = f"{day:%Y%m%d}-dead-4bad-8bad-{number:012d}"
        values = {columns[0]: key, "owningauthority": authority, "versionnumber": "1"} | cells
        return [values.get(name, "") for name in columns]

    rows = [
        row(1)[:-2],
        row(2, **{columns[date_column]: "2018-13-45T00:00:00Z"}),
        row(3, **{columns[0]: ""}),
        row(4, owningauthority="W06000099"),
    ]
    return [*lines, *(",".join(cells).encode() for cells in rows)]


def write_zip(
    path: Path, authority: str, day: dt.date, members: dict[str, tuple[int, bytes]], *, is_full: bool
) -> None:
    """Write an export with its manifest, the same bytes for the same content."""
    generated = dt.datetime.combine(day + DAY, dt.time(0, 40, 12))
    manifest = {
        "source": "wccis",
        "authority": authority,
        "business_date": day.isoformat(),
        "extract_type": "full" if is_full else "delta",
        "generated_at": _stamp(generated),
        "files": [
            {"name": name, "rows": rows, "sha256": hashlib.sha256(content).hexdigest()}
            for name, (rows, content) in members.items()
        ],
    }
    contents = {name: content for name, (_, content) in members.items()} | {
        "manifest.json": json.dumps(manifest).encode()
    }
    pack(path, contents, generated)


def pack(path: Path, contents: dict[str, bytes], at: dt.datetime) -> None:
    """Write a zip whose bytes depend on its contents and a stated time alone."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            info = zipfile.ZipInfo(name, at.timetuple()[:6])
            info.external_attr = 0o644 << 16
            # an entry that is given whole takes nothing from the archive's own settings
            archive.writestr(info, content, zipfile.ZIP_DEFLATED, _COMPRESSION_LEVEL)
