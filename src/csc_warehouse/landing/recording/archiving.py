"""Archiving a delivery while it is judged: its files are compressed meanwhile, and kept once it is let in."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from csc_warehouse.landing.recording.archive import Archive, StagedFile
from csc_warehouse.landing.verifying.verified import ArrivedFile

ARCHIVERS = 3
"""Files that are archived at the same time: each waits for the disk, several times."""


class Archiving:
    """The files of one delivery on their way into the archive; left without keep, nothing of them stays there."""

    def __init__(self, archive: Archive) -> None:
        """Take the archive; to be used as a context."""
        self._archive = archive
        self._beside = ThreadPoolExecutor(max_workers=ARCHIVERS)
        self._coming: list[Future[StagedFile | None]] = []

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def begin(self, files: Sequence[ArrivedFile]) -> None:
        """Begin to write files beside their places."""
        largest_first = sorted(files, key=lambda file: file.size, reverse=True)
        self._coming = [self._beside.submit(self._archive.stage, file.path, file.sha256) for file in largest_first]

    def keep(self) -> None:
        """Make every file part of the archive, safely on the disk. Raises what Archive.stage and keep raise."""
        staged = [file for coming in self._coming if (file := coming.result()) is not None]
        for _ in self._beside.map(self._archive.keep, staged):
            pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Remove what was not kept."""
        self._beside.shutdown(cancel_futures=True)
        for coming in self._coming:
            if not coming.cancelled() and coming.exception() is None and (staged := coming.result()) is not None:
                staged.discard()
