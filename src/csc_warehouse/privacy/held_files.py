"""Which files below the home name a child: pages, lists, logs, what tools wrote; its values are never printed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from csc_warehouse.settings import Settings

SHORTEST = 5
"""A shorter number stands for many things in a page; in tables it is looked for in columns that name persons."""
_PACKED = {".xlsx", ".zip"}


def files_naming(settings: Settings, values: Sequence[str]) -> dict[str, int]:
    """Return by path below the home how often one of the values stands in each file, as a word of its own.

    values: ids of a child as the sources write them, and its pseudonym. The database's own files, the deliveries of
    the archive and the key are left out: what is in them is found by asking the database, and by reading deliveries.
    """
    wanted = sorted({value.strip().strip("{}").lower() for value in values}, key=len, reverse=True)
    wanted = [value for value in wanted if len(value) >= SHORTEST]
    if not wanted:
        return {}
    word = re.compile(rb"(?<![0-9a-z])(?:" + b"|".join(re.escape(v.encode()) for v in wanted) + rb")(?![0-9a-z])")
    found = {}
    for path in _files(settings):
        count = sum(len(word.findall(content.lower())) for content in _contents(path))
        if count:
            found[path.relative_to(settings.home).as_posix()] = count
    return found


def _files(settings: Settings) -> Iterator[Path]:
    left_out = (
        settings.home / "postgres",
        settings.archive / "objects",
        settings.archive / "refused",
        settings.archive / "rectifications",
        settings.exports,
        settings.spool,
    )
    for path in sorted(settings.home.rglob("*")):
        if path.is_file() and path != settings.key_file and not any(path.is_relative_to(folder) for folder in left_out):
            yield path


def _contents(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes, those of each member where it is packed; a file that is gone by now yields nothing."""
    try:
        if path.suffix.lower() in _PACKED:
            with zipfile.ZipFile(path) as packed:
                yield from (packed.read(name) for name in packed.namelist())
        else:
            yield path.read_bytes()
    except (FileNotFoundError, PermissionError, zipfile.BadZipFile):
        return
