"""Packed files (workbooks, documents) whose bytes are those of their contents, and of no clock and no machine."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

EARLIEST = (1980, 1, 1, 0, 0, 0)
READABLE = 0o644 << 16


def repacked(content: bytes, changes: Mapping[str, Callable[[bytes], bytes]] | None = None) -> bytes:
    """Return a packed file with its parts in the same order, of one time and one right, stored as they are.

    Parts are not compressed: what a compressor makes of the same bytes differs by its version. changes: what becomes of
    the parts of a name.
    """
    changes = changes or {}
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as made:
        for name in given.namelist():
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.external_attr = READABLE
            entry.create_system = 3
            part = given.read(name)
            made.writestr(entry, changes[name](part) if name in changes else part)
    return buffer.getvalue()
