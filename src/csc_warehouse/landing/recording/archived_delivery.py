"""A delivery fetched back from the archive, to be read again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from csc_warehouse.landing.recording.archive import Archive
from csc_warehouse.sources.delivery import DeliveredFile, Delivery
from csc_warehouse.warehouse import home


@contextmanager
def fetched_from_archive(
    archive: Archive, spool: Path, delivery: Delivery, files: Iterable[tuple[str, str]]
) -> Iterator[Delivery]:
    """Yield a delivery with its files, given by name and hash, in a folder of the spool that goes afterwards.

    Raises CscWarehouseError where one is not in the archive or is damaged.
    """
    with home.scratch(spool) as folder:
        fetched = []
        for name, sha256 in files:
            path = folder / Path(name).name
            archive.restore(sha256, path)
            fetched.append(DeliveredFile(path.name, str(path), path.stat().st_size, 0))
        yield dataclasses.replace(
            delivery, location=str(folder), files=tuple(fetched), found_as="", received_at=None, notices=()
        )
