"""The journal beside the archive: every delivery landed or refused, and every operator's decision, in their order."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.landing.recording.archive import space_needed


class Journal:
    """A file of JSON lines, one event each, to which lines are only ever added."""

    def __init__(self, archive: Path) -> None:
        """Take the archive's folder."""
        self._path = archive / "journal.jsonl"

    def append(self, record: Mapping[str, Any]) -> None:
        """Add an event, on the disk when this returns. A line that a kill left unfinished is ended first."""
        line = json.dumps(record, ensure_ascii=False, sort_keys=True, default=str)
        # a lone surrogate has no encoding: it is written as JSON escapes it
        content = line.encode("utf-8", "backslashreplace") + b"\n"
        with space_needed(f"the journal {self._path}"):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                size = file.seek(0, os.SEEK_END)
                if size:
                    file.seek(size - 1)
                    if file.read(1) != b"\n":
                        content = b"\n" + content
                file.write(content)
                file.flush()
                os.fsync(file.fileno())

    def read(self) -> list[dict[str, Any]]:
        """Return the events in order; an unfinished line is of an event that never happened, and is passed over.

        Raises CscWarehouseError where a line before the last is no JSON.
        """
        if not self._path.exists():
            return []
        records: list[dict[str, Any]] = []
        for number, line in enumerate(self._path.read_bytes().split(b"\n"), start=1):
            if not line.strip():
                continue
            try:
                records.append(json.loads(line))
            except ValueError:
                if line.endswith(b"}"):
                    raise CscWarehouseError(
                        f"Line {number} of the journal {self._path} is damaged: restore it from a backup."
                    ) from None
        return records
