"""Written deliveries, opened again to be damaged: tables as rows, control files and manifests kept in step."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from csc_warehouse.sample.model import DAY
from csc_warehouse.sample.successor_writer import SUCCESSOR, packed
from csc_warehouse.sample.tables import TABLES
from csc_warehouse.sample.wccis_writer import pack
from csc_warehouse.sample.written_parquet import as_table, as_text, column_names, file_of

_FORMATS = ("%d/%m/%Y %H:%M", "%d/%m/%Y", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d")


@dataclass
class Sheet:
    """One entity's file of one delivery; columns are asked for by their canonical names."""

    source: str
    entity: str
    header: list[str]
    rows: list[list[str]]
    _places: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find the columns."""
        present = {name.strip().lower(): place for place, name in enumerate(self.header)}
        if self.source == SUCCESSOR:
            names = column_names(self.entity)
            self._places = {name: present[column] for name, column in names.items() if column in present}
            return
        for column in TABLES[self.entity].columns:
            name = (column.raise_name if self.source == "raise" else column.wccis_name).lower()
            if name in present:
                self._places[column.name] = present[name]
        for name in ("legacyid", "inactive", "modifiedon", "owningauthority"):
            if name in present:
                self._places[name] = present[name]

    def place(self, column: str) -> int:
        """Return where a canonical column stands."""
        return self._places[column]

    def has(self, column: str) -> bool:
        """Tell whether this source has a canonical column."""
        return column in self._places

    def whole_rows(self) -> Iterator[list[str]]:
        """Yield the rows that have a field per column."""
        return (row for row in self.rows if len(row) == len(self.header))


def shifted(text: str, by: dt.timedelta) -> str:
    """Return a date or time of either source moved by some time; anything else as it is."""
    for pattern in _FORMATS:
        try:
            moved = dt.datetime.strptime(text.strip(), pattern) + by  # noqa: DTZ007 - a text form, not an instant
        except ValueError:
            continue
        return moved.strftime(pattern)
    return text


@dataclass(frozen=True)
class Delivery:
    """One written delivery of a case system."""

    source: str
    day: dt.date
    folder: Path
    is_full: bool

    @property
    def zip_path(self) -> Path:
        """Return the export of WCCIS."""
        return self.folder / f"wccis_export_{self.day:%Y%m%d}.zip"

    def file(self, entity: str) -> Path:
        """Return an entity's file of RAISe."""
        return self.folder / f"RAISE_{TABLES[entity].raise_name}_{self.day:%Y%m%d}.csv"

    @property
    def control(self) -> Path:
        """Return RAISe's control file."""
        return self.folder / f"RAISE_CONTROL_{self.day:%Y%m%d}.csv"

    def member(self, entity: str) -> str:
        """Return the name under which control file or manifest lists an entity."""
        if self.source == SUCCESSOR:
            return file_of(entity)
        return self.file(entity).name if self.source == "raise" else f"{TABLES[entity].wccis_name}.csv"

    def contents(self) -> dict[str, bytes]:
        """Return every file of the delivery by name."""
        if self.source != "wccis":
            return {path.name: path.read_bytes() for path in sorted(self.folder.iterdir())}
        with zipfile.ZipFile(self.zip_path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def write(self, contents: dict[str, bytes]) -> None:
        """Write the delivery's files, all of them."""
        if self.source != "wccis":
            for path in self.folder.iterdir():
                if path.name not in contents:
                    path.unlink()
            for name, content in contents.items():
                (self.folder / name).write_bytes(content)
            return
        pack(self.zip_path, contents, dt.datetime.combine(self.day + DAY, dt.time(0, 40, 12)))

    def edit(self, entity: str, change: Callable[[Sheet], None]) -> None:
        """Change an entity's rows; control file or manifest then say what the file holds."""
        contents = self.contents()
        name = self.member(entity)
        sheet = self._open(entity, contents[name])
        change(sheet)
        contents[name] = self._close(sheet)
        self.describe(contents, name, len(sheet.rows))
        self.write(contents)

    def describe(self, contents: dict[str, bytes], name: str, rows: int) -> None:
        """Make control file or manifest agree with a changed file."""
        if self.source == "raise":
            lines = contents[self.control.name].decode("cp1252").split("\r\n")
            lines = [f"{name},{rows}" if line.startswith(f"{name},") else line for line in lines]
            contents[self.control.name] = "\r\n".join(lines).encode("cp1252")
            return
        manifest = self.manifest(contents)
        for file in manifest["files"]:
            if file["name"] == name:
                file |= {"rows": rows, "sha256": hashlib.sha256(contents[name]).hexdigest()}
        contents["manifest.json"] = json.dumps(manifest).encode()

    @staticmethod
    def manifest(contents: dict[str, bytes]) -> dict[str, Any]:
        """Return the manifest of WCCIS or of its successor."""
        manifest: dict[str, Any] = json.loads(contents["manifest.json"])
        return manifest

    def _open(self, entity: str, content: bytes) -> Sheet:
        if self.source == SUCCESSOR:
            return Sheet(self.source, entity, *as_text(content))
        # Latin-1 gives every byte back as it was, the undefined ones of Windows-1252 too.
        text = content.decode("latin-1") if self.source == "raise" else content.decode("utf-8-sig")
        header, *rows = csv.reader(io.StringIO(text, newline=""))
        return Sheet(self.source, entity, header, rows)

    def _close(self, sheet: Sheet) -> bytes:
        if self.source == SUCCESSOR:
            return packed(as_table(sheet.entity, sheet.header, sheet.rows))
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n" if self.source == "raise" else "\n")
        writer.writerows([sheet.header, *sheet.rows])
        return text.getvalue().encode("latin-1" if self.source == "raise" else "utf-8-sig")


def deliveries_of(out: Path, source: str, authority: str) -> list[Delivery]:
    """Return the written deliveries of a case system in the order of their days."""
    folder = out / source if source == "raise" else out / source / authority
    found = []
    for path in sorted(folder.iterdir()) if folder.exists() else []:
        day = dt.date.fromisoformat(path.name)
        found.append(Delivery(source, day, path, is_full=source == "raise" or day.weekday() == 6))
    # the first delivery is a full, whichever day it is
    if found:
        found[0] = Delivery(source, found[0].day, found[0].folder, is_full=True)
    return found
