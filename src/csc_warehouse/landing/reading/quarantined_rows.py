"""The rows of one large file that cannot be read: in memory while they are few, on disk once they are many."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from csc_warehouse.landing.reading.rows import QuarantinedRow

FEW = 50_000
"""Rows that are held in memory at most."""


class QuarantinedRows(Collection[QuarantinedRow]):
    """Unreadable rows in the order in which they were found; more than a few lie in a file of the folder given."""

    def __init__(self, folder: Path) -> None:
        """Take the folder to write to; whoever made it removes it."""
        self._path = folder / "quarantined_rows"
        self._held: list[QuarantinedRow] = []
        self._count = 0

    def extend(self, rows: Iterable[QuarantinedRow]) -> None:
        """Add rows."""
        before = len(self._held)
        self._held.extend(rows)
        self._count += len(self._held) - before
        if len(self._held) > FEW:
            with self._path.open("ab") as file:
                pickle.dump(self._held, file, protocol=pickle.HIGHEST_PROTOCOL)
            self._held = []

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count

    def __iter__(self) -> Iterator[QuarantinedRow]:
        """Yield them in the order in which they were added."""
        if self._path.exists():
            with self._path.open("rb") as file:
                size = self._path.stat().st_size
                while file.tell() < size:
                    # this process wrote it a moment ago, in a folder of its own
                    yield from pickle.load(file)  # noqa: S301
        yield from self._held

    def __contains__(self, row: object) -> bool:
        """Tell whether a row is among them."""
        return any(row == other for other in self)
