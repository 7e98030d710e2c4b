"""The folder in which an embedded server's socket lies: short, plainly named, private, and never somebody else's.

A socket's path may have 107 bytes, a home's any length and any letters. So the socket lies outside of the home, in a
folder whose name is made from the data directory's; `postmaster.pid` tells every other command which it is.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from pathlib import Path

from csc_warehouse.errors import WarehouseUnavailableError

PREFIX = "csc-sockets-"
SOCKET = ".s.PGSQL.5432"
"""What every program looks for where it is told a folder and no port."""
_LONGEST_BASE = 60
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+")
"""Letters that no URL, shell or list of PostgreSQL takes for its own."""


def name_of(data: Path) -> str:
    """Return the name under which a data directory's socket folder is looked for; it tells nothing of the path."""
    found = data.stat()
    identity = b"\0".join([os.fsencode(data.resolve()), str(found.st_dev).encode(), str(found.st_ino).encode()])
    return PREFIX + hashlib.sha256(identity).hexdigest()[:16]


def _bases() -> list[Path]:
    """Return where such folders may lie, the usual place first."""
    found = [Path("/tmp"), Path(tempfile.gettempdir()), Path("/var/tmp")]  # noqa: S108  (verified before each use)
    return [
        base
        for base in dict.fromkeys(found)
        if len(str(base)) <= _LONGEST_BASE and _PLAIN.fullmatch(str(base)) and os.access(base, os.W_OK | os.X_OK)
    ]


def expected(data: Path) -> Path | None:
    """Return where the socket folder of a data directory is made, unless another account was there before."""
    bases = _bases()
    return bases[0] / name_of(data) if bases else None


def is_trusted(folder: Path, owner: int) -> bool:
    """Tell whether a folder is one that nobody but an account could have put a socket into; a link never is."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and not found.st_mode & 0o077


def make(data: Path, owner: int, group: int) -> Path:
    """Return the socket folder of a data directory, made where it is not there; owner: the server's account.

    What another account has put in its place is left alone, and a name that nobody could foresee is taken instead.
    Raises WarehouseUnavailableError where none can be made.
    """
    failure: OSError | None = None
    for base in _bases():
        folder = base / name_of(data)
        try:
            if _own(folder, owner, group):
                return folder
            other = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=base))
            _give(other, owner, group)
        except OSError as error:
            failure = error
        else:
            return other
    reason = failure.strerror if failure else "there is no folder with a short, plain name that may be written"
    raise WarehouseUnavailableError(
        f"The embedded PostgreSQL has no place for its socket: /tmp cannot be used ({reason}). Make /tmp writable, or "
        "set TMPDIR to a folder with a short path, then run the command again."
    ) from failure


def _own(folder: Path, owner: int, group: int) -> bool:
    """Make a folder or take one that is the account's already; return whether it is."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        # a command that was killed between making it and giving it away leaves it ours
        if not is_trusted(folder, os.geteuid()):
            return is_trusted(folder, owner)
    _give(folder, owner, group)
    return is_trusted(folder, owner)


def _give(folder: Path, owner: int, group: int) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchmod(descriptor, 0o700)
        if owner != os.geteuid():
            os.fchown(descriptor, owner, group)
    finally:
        os.close(descriptor)


def lead_to(folder: Path, port: int) -> None:
    """Let the socket be found under its one name, though PostgreSQL names it after the port that it listens on.

    Whoever has the address of the socket keeps it, whether the server opens a port or closes it.
    """
    usual, own = folder / SOCKET, f".s.PGSQL.{port}"
    usual.unlink(missing_ok=True)
    if own != SOCKET:
        usual.symlink_to(own)


def remove(folder: Path, owner: int) -> None:
    """Remove the socket folder of a server that has ended; one that is not its own stays."""
    if not is_trusted(folder, owner):
        return
    for left in folder.glob(".s.PGSQL.*"):
        left.unlink(missing_ok=True)
    folder.rmdir()
