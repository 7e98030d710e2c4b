"""cofnod's nightly folders of Parquet files: fulls on Sundays and at first, else changes (deliveries.md section 8)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csc_warehouse.sample.calendar import to_utc
from csc_warehouse.sample.migration import InWccis
from csc_warehouse.sample.model import DAY, Record, Value, World
from csc_warehouse.sample.successor import InSuccessor, State, move
from csc_warehouse.sample.successor_tables import SUCCESSOR_TABLES, TEAMS, WORDS, SuccessorColumn, SuccessorTable
from csc_warehouse.sample.wccis_writer import NIGHTLY_FROM, wccis_dates

if TYPE_CHECKING:
    import pyarrow as pa

SUCCESSOR = "cofnod"
_NOISY_ROWS = 0.04
_BARE_DELETES = 0.5
"""Share of the rows taken back that carry their id and time alone."""


def successor_dates(first_day: dt.date, end: dt.date) -> list[dt.date]:
    """Return the business dates: the first day, every Sunday, every night from 2 December 2018."""
    days = (first_day + DAY * step for step in range(max((end - first_day).days + 1, 0)))
    return [day for day in days if day == first_day or day.weekday() == 6 or day >= NIGHTLY_FROM]


def write_successor(  # noqa: PLR0917  (a council, where it stood before, and when)
    world: World,
    placed: dict[int, InWccis],
    out: Path,
    first_day: dt.date,
    end: dt.date,
    progress: Callable[[str, int, int], None],
) -> tuple[int, int]:
    """Write every delivery of the successor up to a day; return deliveries and rows written."""
    dates = successor_dates(first_day, end)
    rows = move(world, placed, wccis_dates(world, first_day - DAY)[-1], first_day, end)
    identities = {id(record): row.identity for found in rows.values() for row in found for record in row.versions}
    tables = [_Table(world, table, rows.get(table.entity, []), identities) for table in SUCCESSOR_TABLES]
    written = 0
    for done, day in enumerate(dates):
        progress("writing the successor of WCCIS", done, len(dates))
        is_full = day == dates[0] or day.weekday() == 6
        folder = out / SUCCESSOR / world.authority / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for table in tables:
            found = table.extract(day, is_full=is_full, is_first=day == dates[0])
            content = packed(found)
            (folder / f"{table.name}.parquet").write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            files.append({"name": f"{table.name}.parquet", "rows": found.num_rows, "sha256": digest})
            written += found.num_rows
        (folder / "manifest.json").write_text(_manifest(world.authority, day, files, is_full=is_full))
    progress("writing the successor of WCCIS", len(dates), len(dates))
    return len(dates), written


def packed(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file, the same for the same rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def _manifest(authority: str, day: dt.date, files: list[dict[str, Any]], *, is_full: bool) -> str:
    generated = dt.datetime.combine(day + DAY, dt.time(0, 40, 12))
    said = {
        "source": SUCCESSOR,
        "authority": authority,
        "business_date": day.isoformat(),
        "extract_type": "full" if is_full else "changes",
        "generated_at": f"{generated.isoformat(timespec='seconds')}Z",
        "files": files,
    }
    return json.dumps(said)


@cache
def schema_of(table: SuccessorTable) -> pa.Schema:
    """Return the columns of an entity's file in their native types."""
    import pyarrow as pa

    time = pa.timestamp("us", tz="UTC")
    kinds = {"date": pa.date32(), "time": time, "flag": pa.bool_(), "list": pa.list_(pa.string())}
    common = [
        ("id", pa.string()),
        ("authority", pa.string()),
        ("created_at", time),
        ("changed_at", time),
        ("change", pa.string()),
        ("migrated_from", pa.string()),
    ]
    return pa.schema([*common, *((c.name, kinds.get(c.kind, pa.string())) for c in table.columns)])


class _Table:
    """One entity as it stands, moved on from business date to business date."""

    def __init__(
        self, world: World, table: SuccessorTable, rows: list[InSuccessor], identities: dict[int, str]
    ) -> None:
        self.name = table.name
        self._table = table
        self._world = world
        self._identities = identities
        self._rng = random.Random(f"successor {table.name} {world.seed}")  # noqa: S311 - noise
        self._rows = rows
        self._events = sorted(
            ((state.day, place, state) for place, row in enumerate(rows) for state in row.states),
            key=lambda event: event[:2],
        )
        self._place = 0
        self._current: list[dict[str, Any] | None] = [None] * len(rows)

    def extract(self, day: dt.date, *, is_full: bool, is_first: bool) -> pa.Table:
        """Return the entity's table for a day: all that stands in a full, else what changed or was taken back.

        In the first full, what was taken back between WCCIS's last delivery and now is said too.
        """
        import pyarrow as pa

        touched: dict[int, dict[str, Any]] = {}
        while self._place < len(self._events) and self._events[self._place][0] <= day:
            _, place, state = self._events[self._place]
            row = self._row(self._rows[place], state)
            self._current[place] = None if state.values is None else row
            touched[place] = row
            self._place += 1
        chosen = list(touched.values())
        if is_full:
            chosen = [row for row in self._current if row is not None]
            chosen += [row for place, row in touched.items() if is_first and self._current[place] is None]
            chosen += self._unreadable(day) if is_first and not self._world.is_clean else []
        return pa.Table.from_pylist(chosen, schema=schema_of(self._table))

    def _row(self, row: InSuccessor, state: State) -> dict[str, Any]:
        at = to_utc(dt.datetime.combine(state.day, dt.time(17)))
        said: dict[str, Any] = {"id": self._mixed(row.identity), "changed_at": at}
        if state.values is None:
            said["change"] = "delete"
            if row.migrated_from:
                said["migrated_from"] = row.migrated_from
            if self._rng.random() >= _BARE_DELETES:
                said["authority"] = self._world.authority
            return said
        said |= {
            "authority": self._world.authority,
            "created_at": to_utc(row.created_at),
            "change": "upsert",
            "migrated_from": row.migrated_from or None,
        }
        noisy = not self._world.is_clean and self._rng.random() < _NOISY_ROWS
        for column in self._table.columns:
            value = self._value(column, row.first, state.values)
            if noisy and column.kind in ("code", "team") and isinstance(value, str):
                value = self._rng.choice((f" {value}", value.upper(), value.capitalize()))
            said[column.name] = value
        return said

    def _value(self, column: SuccessorColumn, record: Record, values: dict[str, Value]) -> Any:
        if column.kind == "client":
            client = record.child.record if record.child is not None else None
            return self._reference(client)
        value = values.get(column.value)
        if column.kind == "ref":
            if isinstance(value, int):
                return self._mixed(self._world.guid(f"successor {column.codes}", value))
            return self._reference(value if isinstance(value, Record) else None)
        return None if value is None else self._native(column, value)

    def _native(self, column: SuccessorColumn, value: Value) -> Any:
        text = str(value)
        if isinstance(value, dt.datetime):
            return to_utc(value)
        if isinstance(value, dt.date):
            return value
        words = WORDS.get(column.codes, {})
        if column.kind == "list":
            members = [words.get(part, part.lower()) for part in text.split("+") if part]
            self._rng.shuffle(members)
            return members
        by_kind: dict[str, Any] = {
            "flag": {"Y": True, "N": False}.get(text),
            "code": words.get(text, text.lower()),
            "team": TEAMS.get(text, text),
        }
        return by_kind.get(column.kind, text)

    def _reference(self, record: Record | None) -> str | None:
        found = self._identities.get(id(record)) if record is not None else None
        return None if found is None else self._mixed(found)

    def _mixed(self, identity: str) -> str:
        return identity.upper() if self._rng.random() < 0.3 else identity

    def _unreadable(self, day: dt.date) -> list[dict[str, Any]]:
        """Return rows that cannot be read, each with an id of its own or none."""
        if self.name not in ("contacts", "registrations"):
            return []
        common = {"authority": self._world.authority, "changed_at": to_utc(dt.datetime.combine(day, dt.time(9)))}
        own = [self._world.guid(f"unreadable {self.name}", number) for number in range(4)]
        rows: list[dict[str, Any]] = [
            {**common, "id": None, "change": "upsert"},
            {**common, "id": f"{day:%Y%m%d}-42", "change": "upsert"},
            {**common, "id": own[0], "change": "amend"},
            {**common, "id": own[1], "change": "upsert", "authority": "W06000099"},
        ]
        if self.name == "registrations":
            rows.append({**common, "id": own[2], "change": "upsert", "categories": ["neglect", None]})
        return rows
