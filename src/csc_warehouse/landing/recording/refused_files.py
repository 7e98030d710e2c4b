"""The files of refused deliveries, which the archive keeps apart from accepted ones for inspection."""

from __future__ import annotations

from pathlib import Path

from csc_warehouse.landing.recording.archive import Archive
from csc_warehouse.landing.verifying.file_scan import scan
from csc_warehouse.sources.delivery import DeliveredFile


def keep_refused(archive: Archive, file: DeliveredFile) -> tuple[str, str] | None:
    """Keep a refused delivery's file and return its name and digest.

    Returns None where it cannot be kept: it has gone meanwhile, may not be read, or is a link.
    """
    path = Path(file.path)
    if path.is_symlink():
        # the file that a link leads to is not part of the delivery
        return None
    try:
        with path.open("rb") as stream:
            digest = scan(stream).sha256
        archive.keep_refused(path, digest)
    except (FileNotFoundError, PermissionError):
        return None
    return path.name, digest
