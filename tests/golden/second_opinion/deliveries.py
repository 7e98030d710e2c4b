"""The deliveries themselves: which can be trusted, which rows can be read, and the state of a source at a day.

RAISe's state is its latest full, with the earlier version of every row that cannot be read in it; WCCIS's state is
built up delivery by delivery. deliveries.md sections 1, 6 and 7. Nothing is stored: the files are read anew.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.golden.second_opinion.formats import ENTITIES, Entity, readers

UNDEFINED = "\ufffd"
MOST_QUARANTINED, MOST_LOST, FEW_ROWS = 0.05, 0.20, 100
Row = dict[str, Any]
Rows = dict[Any, Row]


class RefusedError(Exception):
    """A delivery that cannot be trusted."""


@dataclass
class Extract:
    """One readable delivery: per entity the accepted rows by key, and the keys of rows that could not be read."""

    day: dt.date
    is_full: bool = True
    rows: dict[str, Rows] = field(default_factory=dict)
    unreadable: dict[str, set[Any]] = field(default_factory=dict)
    in_files: int = 0
    quarantined: int = 0


@dataclass
class State:
    """A source at a day: rows by entity and key; `ever` keeps the last version of all that WCCIS ever delivered."""

    day: dt.date | None = None
    rows: dict[str, Rows] = field(default_factory=lambda: {entity.name: {} for entity in ENTITIES})
    ever: dict[str, Rows] = field(default_factory=lambda: {entity.name: {} for entity in ENTITIES})
    first_day: dt.date | None = None
    superseded: dict[str, set[Any]] = field(default_factory=lambda: {entity.name: set() for entity in ENTITIES})


def read_rows(extract: Extract, entity: Entity, system: str, text: str, authority: str) -> int:
    """Read one file's rows into an extract; return how many data rows it holds. Raises RefusedError."""
    rows, unreadable = extract.rows.setdefault(entity.name, {}), extract.unreadable.setdefault(entity.name, set())
    lines = iter(csv.reader(io.StringIO(text, newline="")))
    header = [name.strip().upper() if system == "raise" else name.strip().lower() for name in next(lines, [])]
    if entity.required[system] - set(header):
        raise RefusedError(f"{entity.name}: a required column is missing")
    wanted = [(name, header.index(column), read) for name, (column, read) in readers(entity, system).items()]
    owner = header.index("owningauthority") if system == "wccis" else None
    keys = [item for item in wanted if item[0] in ("key", "version")]
    count = 0
    for cells in lines:
        if not cells:
            continue
        count += 1
        if len(cells) != len(header):
            extract.quarantined += 1
            continue
        key = _key(keys, cells)
        row: Row | None = None
        if key is not None and not any(UNDEFINED in cell for cell in cells):
            try:
                row = {name: read(cells[index]) for name, index, read in wanted}
            except ValueError:
                row = None
        if row is None or (owner is not None and cells[owner].strip().upper() != authority) or key in rows:
            extract.quarantined += 1
            if key is not None:
                unreadable.add(key)
            continue
        rows[key] = row
    extract.in_files += count
    return count


def _key(keys: Iterable[tuple[str, int, Any]], cells: list[str]) -> Any:
    """Return the row's key, None when a part of it is missing or unreadable."""
    parts = []
    for _, index, read in keys:
        try:
            part = read(cells[index])
        except ValueError:
            return None
        if part in ("", None) or UNDEFINED in cells[index]:
            return None
        parts.append(part)
    return parts[0] if len(parts) == 1 else tuple(parts)


def _check_share(extract: Extract) -> Extract:
    if extract.quarantined > MOST_QUARANTINED * extract.in_files:
        raise RefusedError("too many rows cannot be read")
    return extract


@cache
def read_raise(folder: Path) -> Extract:
    """Read one night of RAISe. Raises RefusedError; FileNotFoundError where it has not come yet."""
    extract = Extract(dt.date.fromisoformat(folder.name))
    stamp = f"{extract.day:%Y%m%d}"
    control = (folder / f"RAISE_CONTROL_{stamp}.csv").read_bytes().decode("cp1252")
    promised = {line["FILE_NAME"]: int(line["ROW_COUNT"]) for line in csv.DictReader(io.StringIO(control))}
    for entity in ENTITIES:
        if entity.tables["raise"] == "-":
            continue
        name = f"RAISE_{entity.tables['raise']}_{stamp}.csv"
        if name not in promised or not (folder / name).is_file():
            raise RefusedError(f"{name} is missing")
        content = (folder / name).read_bytes()
        if b"\0" in content or content.startswith((b"\xef\xbb\xbf", b"\xff\xfe")) or _is_utf8_text(content):
            raise RefusedError(f"{name} has the wrong encoding")
        if read_rows(extract, entity, "raise", content.decode("cp1252", "replace"), "") != promised[name]:
            raise RefusedError(f"{name} differs from its control file")
    return _check_share(extract)


def _is_utf8_text(content: bytes) -> bool:
    if content.isascii():
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def read_wccis(path: Path, authority: str, day: dt.date) -> Extract:
    """Read one WCCIS zip. Raises RefusedError."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise RefusedError(f"{path.name} does not open") from error
    if any(name.startswith("/") or ".." in Path(name).parts or "\\" in name for name in members):
        raise RefusedError(f"{path.name}: a member leaves the folder")
    manifest = json.loads(members.get("manifest.json", b"{}"))
    said = tuple(manifest.get(name) for name in ("source", "authority", "business_date"))
    if said != ("wccis", authority, day.isoformat()) or f"{day:%Y%m%d}" not in path.name:
        raise RefusedError(f"{path.name}: name, folder and manifest disagree")
    files = {file["name"]: file for file in manifest["files"]}
    extract = Extract(day, manifest["extract_type"] == "full")
    for entity in ENTITIES:
        name = f"{entity.tables['wccis']}.csv"
        content = members.get(name)
        if content is None or name not in files or hashlib.sha256(content).hexdigest() != files[name]["sha256"]:
            raise RefusedError(f"{name} is missing or differs from the manifest")
        text = content.decode("utf-8-sig", "replace")
        if read_rows(extract, entity, "wccis", text, authority) != files[name]["rows"]:
            raise RefusedError(f"{name} differs from the manifest")
    return _check_share(extract)


def _dated(folder: Path) -> list[tuple[dt.date, Path]]:
    if not folder.is_dir():
        return []
    return sorted((dt.date.fromisoformat(path.name), path) for path in folder.iterdir() if path.is_dir())


def _lost_too_much(before: dict[str, int], now: dict[str, int]) -> bool:
    return any(rows >= FEW_ROWS and now.get(name, 0) < (1 - MOST_LOST) * rows for name, rows in before.items())


class Raise:
    """RAISe's nights before cut-over, read from the last backwards and only as far as needed."""

    def __init__(self, exports: Path, cut_over: dt.date | None) -> None:
        self.folders = [item for item in _dated(exports / "raise") if cut_over is None or item[0] < cut_over]

    def accepted(self, until: dt.date) -> list[Path]:
        """Return the folders up to a day that look complete, the latest first."""
        return [path for day, path in reversed(self.folders) if day <= until]

    def _extract(self, folder: Path) -> Extract | None:
        try:
            return read_raise(folder)
        except (RefusedError, FileNotFoundError):
            return None

    def state(self, until: dt.date) -> State:
        """Return RAISe's state at a day."""
        state = State()
        nights = iter(self.accepted(until))
        latest = next((extract for extract in map(self._extract, nights) if extract), None)
        if latest is None:
            return state
        state.day = latest.day
        for entity, rows in latest.rows.items():
            state.rows[entity] = dict(rows)
        waiting = {entity: keys - latest.rows[entity].keys() for entity, keys in latest.unreadable.items()}
        while any(waiting.values()):
            earlier = next((extract for extract in map(self._extract, nights) if extract), None)
            if earlier is None:
                break
            for entity, keys in waiting.items():
                found = keys & earlier.rows[entity].keys()
                state.rows[entity].update({key: earlier.rows[entity][key] for key in found})
                # Absent and not unreadable in that full: it had vanished, so there is nothing left to protect.
                waiting[entity] = (keys - found) & earlier.unreadable[entity]
        return state


def wccis_authorities(exports: Path) -> list[str]:
    """Return the authorities that deliver WCCIS extracts."""
    folder = exports / "wccis"
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def wccis_state(exports: Path, authority: str, cut_over: dt.date | None, until: dt.date) -> State:
    """Return WCCIS's state at a day: every usable delivery up to it, in order of business date."""
    state = State()
    counts: dict[str, int] = {}
    for day, folder in _dated(exports / "wccis" / authority):
        if day > until or (cut_over is not None and day < cut_over):
            continue
        zips = sorted(folder.glob("*.zip"))
        try:
            if not zips:
                continue
            extract = read_wccis(zips[0], authority, day)
        except RefusedError:
            continue
        if extract.is_full:
            now = {name: len(rows) for name, rows in extract.rows.items()}
            if _lost_too_much(counts, now):
                continue
            counts = now
        _apply(state, extract)
    return state


def _apply(state: State, extract: Extract) -> None:
    state.day = extract.day
    state.first_day = state.first_day or extract.day
    for name, rows in extract.rows.items():
        held = state.rows[name]
        if extract.is_full:
            kept = {key: held[key] for key in extract.unreadable[name] if key in held}
            state.rows[name] = kept | rows
        else:
            held.update(rows)
        ever = state.ever[name]
        for key, row in rows.items():
            before = ever.get(key)
            row["first_seen"] = before["first_seen"] if before else extract.day
            if before and not row["legacy"]:
                row["known_legacy"] = before["known_legacy"]
            else:
                row["known_legacy"] = row["legacy"]
            ever[key] = row
            if row["legacy"]:
                state.superseded[name].add((row["legacy"], row["version"]) if "version" in row else row["legacy"])
