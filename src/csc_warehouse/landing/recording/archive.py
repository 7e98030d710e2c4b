"""The archive of accepted deliveries: compressed, each file under its hash; with the journal, the source of truth."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from csc_warehouse.errors import CscWarehouseError, NoSpaceError
from csc_warehouse.landing.refusal import NotThereYet

CHUNK = 4 * 1024**2
_PACKED_SUFFIXES = frozenset({".zip", ".xlsx", ".parquet"})
"""Suffixes of files that are compressed already, and are stored as they are."""
_UNFINISHED = ".new-"
_LONGEST_NAME = 200
"""Bytes of a refused file's name that are kept, from its end."""


@dataclass(frozen=True)
class StagedFile:
    """A content that is written beside its place in the archive."""

    unfinished: Path
    target: Path

    def discard(self) -> None:
        """Remove it."""
        self.unfinished.unlink(missing_ok=True)


class Archive:
    """Files by the SHA-256 of their content, each stored once, below one folder."""

    def __init__(self, root: Path) -> None:
        """Take the archive's folder; it is made when something is stored."""
        self._root = root

    @property
    def root(self) -> Path:
        """Return the archive's folder."""
        return self._root

    def stage(self, path: Path, sha256: str) -> StagedFile | None:
        """Write a file beside its place, safely on the disk and no part of the archive yet; None: its content is there.

        Raises NotThereYet where the file is no longer what was hashed, CscWarehouseError where the disk is full.
        """
        is_packed = path.suffix.lower() in _PACKED_SUFFIXES
        target = self._object(sha256, is_packed)
        if target.exists():
            return None
        with space_needed(f"the archive {self._root}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=target.parent)
            os.close(handle)
            staged = StagedFile(Path(name), target)
            try:
                if _copy(path, staged.unfinished, is_packed) != sha256:
                    raise NotThereYet(f"{path.name} changed while it was read")
                _make_durable(staged.unfinished)
            except BaseException as error:
                staged.discard()
                if isinstance(error, FileNotFoundError):
                    raise NotThereYet(f"{path.name} has gone") from error
                raise
        return staged

    def keep(self, staged: StagedFile) -> None:
        """Make a staged file part of the archive; it is safely there when this returns."""
        with space_needed(f"the archive {self._root}"):
            staged.unfinished.replace(staged.target)
            _make_durable(staged.target.parent)

    def restore(self, sha256: str, target: Path) -> None:
        """Write a stored file's content to a path.

        Raises CscWarehouseError where it is not in the archive or is damaged.
        """
        stored = self.find(sha256)
        if stored is None:
            raise CscWarehouseError(
                f"The archive {self._root} lacks the object {sha256[:12]}: restore it from a backup and run again."
            )
        digest = hashlib.sha256()
        with (
            space_needed(f"the folder {target.parent}"),
            _open_stored(stored) as source,
            target.open("wb") as file,
        ):
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != sha256:
            raise CscWarehouseError(f"The archived object {stored} is damaged: restore it from a backup and run again.")

    def verify(self, part: int = 0, parts: int = 1) -> tuple[int, list[Path]]:
        """Read stored files anew and return how many were read, and those whose content is no longer their hash's.

        part: 0 up to parts - 1; all parts together are every file, however many come in between.
        """
        read, damaged = 0, []
        for path in sorted(self._root.glob("objects/*/*")):
            if path.name.startswith(_UNFINISHED) or int(path.parent.name, 16) % parts != part:
                continue
            read += 1
            if not _is_whole(path):
                damaged.append(path)
        return read, damaged

    def find(self, sha256: str) -> Path | None:
        """Return where a content is stored, or None."""
        stored = (self._object(sha256, is_packed) for is_packed in (False, True))
        return next((path for path in stored if path.exists()), None)

    def keep_refused(self, path: Path, sha256: str) -> None:
        """Keep a refused file for inspection, under its hash and name, whole or not at all.

        A file that is there already was refused again, and is kept from now on as long as a new one.
        """
        target = self.refused_path(sha256, path.name)
        if target.exists():
            target.touch()
            return
        with space_needed(f"the archive {self._root}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_name(_UNFINISHED + target.name)
            try:
                with path.open("rb") as source, unfinished.open("wb") as file:
                    while chunk := source.read(CHUNK):
                        file.write(chunk)
                unfinished.replace(target)
            finally:
                unfinished.unlink(missing_ok=True)

    def refused_path(self, sha256: str, name: str) -> Path:
        """Return where a refused file is kept."""
        # a name may be as long as the system allows, and the hash is put before it
        kept = name.encode("utf-8", "backslashreplace")[-_LONGEST_NAME:].decode("utf-8", "ignore")
        return self._root / "refused" / f"{sha256[:16]}-{kept}"

    def refused_before(self, moment: float) -> list[Path]:
        """Return the refused files that were stored before a moment, by name."""
        folder = self._root / "refused"
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        return [path for path in found if path.name[:1] != "." and path.stat().st_mtime < moment]

    def forget_unfinished(self, moment: float) -> None:
        """Remove files that a kill left half written before a moment; they were never part of the archive."""
        for pattern in (f"objects/*/{_UNFINISHED}*", f"refused/{_UNFINISHED}*"):
            for path in self._root.glob(pattern):
                if path.stat().st_mtime < moment:
                    path.unlink(missing_ok=True)

    def remove(self, stored: str) -> None:
        """Remove a file, given by its path below the folder; it is gone from the disk when this returns."""
        path = self._root / stored
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            _make_durable(path.parent)

    def _object(self, sha256: str, is_packed: bool) -> Path:
        suffix = "" if is_packed else ".zst"
        return self._root / "objects" / sha256[:2] / f"{sha256}{suffix}"


def _copy(path: Path, target: Path, is_packed: bool) -> str:
    import pyarrow as pa

    digest = hashlib.sha256()
    sink: Any = target.open("wb") if is_packed else pa.CompressedOutputStream(str(target), "zstd")
    with path.open("rb") as source, sink:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            sink.write(chunk)
    return digest.hexdigest()


@contextmanager
def _open_stored(path: Path) -> Iterator[BinaryIO]:
    import pyarrow as pa

    with path.open("rb") as file:
        yield cast(BinaryIO, pa.CompressedInputStream(file, "zstd")) if path.suffix == ".zst" else file


def _is_whole(path: Path) -> bool:
    """Say whether a stored file still is what its name says; one that cannot be unpacked is not."""
    digest = hashlib.sha256()
    try:
        with _open_stored(path) as source:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
    except OSError:
        return False
    return digest.hexdigest() == path.name.partition(".")[0]


def _make_durable(path: Path) -> None:
    """Wait until a file's content, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def space_needed(where: str) -> Iterator[None]:
    """Turn a full disk into one clear sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpaceError(
                f"There is no space left for {where}: free some and run the command again; nothing is half done."
            ) from error
        raise
