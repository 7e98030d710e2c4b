"""What a home still holds of the server's log and the kept log does not: a way back begins by saving it.

While the folder of the log is away the server keeps each finished piece, with a note `.ready` beside it; the last piece
is not finished yet, and no note tells of it.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

from csc_warehouse.warehouse import sealing, server

WAL, NOTES, READY = "pg_wal", "archive_status", ".ready"
_CONTROL = Path("global", "pg_control")
_PIECE = re.compile(r"[0-9A-F]{24}")
_HEADER = struct.Struct("=HHIQI4xQII")
"""Kind, marks, branch, address, rest of a record, server, size of a piece, size of a page: as PostgreSQL writes it."""
_IS_FIRST_PAGE = 0x0002
_SERVER = struct.Struct("=Q")


@dataclass(frozen=True)
class Kept:
    """The folder of the kept log, whose account reads it, and what it is sealed with."""

    log: Path
    account: server.Account
    keys: sealing.Keys | None

    def has(self, name: str) -> bool:
        """Tell whether a piece is kept, sealed or not."""
        return (self.log / name).exists() or (self.log / f"{name}{sealing.SUFFIX}").exists()

    def add(self, piece: Path) -> None:
        """Keep a piece, whole or not at all."""
        kept = self.log / (piece.name if self.keys is None else f"{piece.name}{sealing.SUFFIX}")
        # a name that the server's own command does not use
        part = self.log / f".{kept.name}.saved"
        part.unlink(missing_ok=True)
        if self.keys is None:
            _copy(piece, part)
        else:
            sealing.seal_file(piece, part, self.keys)
        if self.account.is_another:
            os.chown(part, self.account.uid, self.account.gid)
        part.rename(kept)
        folder = os.open(self.log, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def save(old: Path, new: Path, first: str, kept: Kept) -> int:
    """Save what the old files hold of the log beyond the kept log, for the new ones to read; return how many pieces.

    Finished pieces are handed to the kept log, as the server would have done, and never over one that is there. What is
    not known to be finished goes to the new files alone: should the old ones ever be taken back, the server goes on
    writing that piece, and could not hand it over if another stood in its place. first: the copy's first piece. Nothing
    is taken of another server, as of one that was begun anew in the meantime.
    """
    wanted = _SERVER.unpack((new / _CONTROL).read_bytes()[: _SERVER.size])[0]
    found = sorted(path for path in (old / WAL).glob("*") if _PIECE.fullmatch(path.name) and _is_of(path, wanted))
    saved = 0
    for piece in found:
        if kept.has(piece.name):
            continue
        if _is_ready(old, piece.name):
            kept.add(piece)
        elif piece.name[8:] >= first[8:] and not (new / WAL / piece.name).exists():
            _copy(piece, new / WAL / piece.name)
        else:
            continue
        saved += 1
    # which branch goes on from which
    for history in (old / WAL).glob("*.history") if found else ():
        if _is_ready(old, history.name) and not kept.has(history.name):
            kept.add(history)
    return saved


def _is_ready(old: Path, name: str) -> bool:
    return (old / WAL / NOTES / f"{name}{READY}").exists()


def _is_of(piece: Path, wanted: int) -> bool:
    """Tell whether a piece is one of a server's log: one that waits to be written again holds another one's pages."""
    with piece.open("rb") as file:
        header = file.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return False
    _, marks, _, address, _, of, size, _ = _HEADER.unpack(header)
    if not marks & _IS_FIRST_PAGE or of != wanted or not size:
        return False
    number = int(piece.name[8:16], 16) * (2**32 // size) + int(piece.name[16:], 16)
    return bool(address == number * size)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as read, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to:
        shutil.copyfileobj(read, to, sealing.PIECE)
        to.flush()
        os.fsync(to.fileno())
