"""The home's privacy: whatever lies below it is its owner's alone, whatever the umask was when it came there."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOGGER = logging.getLogger(__name__)
PRIVATE_UMASK = 0o077
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
PASSABLE_FOLDER = 0o711
"""The home's own mode where its server runs as another account: that one may pass through, and list nothing."""
OTHERS = 0o077
SCRATCH = "scratch-"
_SERVER = "postgres"


def make_private(home: Path, *, holds_server: bool = False) -> None:
    """Make the home its owner's alone, and all that this process writes from now on.

    Only folders and files directly below the home are looked at; where one of them is open to others, all below it is
    put right before it is closed itself, so that a kill in between leaves it to the next command. Links are never
    followed. What belongs to another account is left and named in the log.
    """
    os.umask(PRIVATE_UMASK)
    home.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    is_served_by_another = os.geteuid() == 0 and (holds_server or (home / _SERVER).exists())
    wanted = PASSABLE_FOLDER if is_served_by_another else PRIVATE_FOLDER
    with os.scandir(home) as entries:
        open_to_others = [Path(entry.path) for entry in entries if _is_open_to_others(Path(entry.path))]
    for path in open_to_others:
        close(path)
    if stat.S_IMODE(home.stat().st_mode) != wanted:
        _change(home, wanted)


def _is_open_to_others(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        # another command's unfinished file
        return False
    return not stat.S_ISLNK(mode) and bool(mode & OTHERS)


def close(top: Path) -> None:
    """Take what others may do away from a file, or from a folder and all below it; what its owner may do stays."""
    if top.is_dir():
        for folder, folders, files in os.walk(top, topdown=False):
            for name in (*files, *folders):
                _close(Path(folder, name))
    _close(top)


def _close(path: Path) -> None:
    if _is_open_to_others(path):
        _change(path, stat.S_IMODE(path.lstat().st_mode) & ~OTHERS)


def _change(path: Path, mode: int) -> None:
    try:
        path.chmod(mode)
    except FileNotFoundError:
        return
    except OSError as error:
        LOGGER.warning(
            "%s can be read by other accounts, and that cannot be changed (%s): give it to the account that runs "
            "csc-warehouse.",
            path,
            error.strerror,
        )


def as_readable_as_its_folder(folder: Path) -> int:
    """Return the mode of a file that is handed out: read by whoever may read the folder that it is put into."""
    return PRIVATE_FILE | (stat.S_IMODE(folder.stat().st_mode) & 0o044)


@dataclass(frozen=True)
class Scratch:
    """A private folder for the while that a process works; the kernel tells when that has ended, however it ended."""

    folder: Path
    _held: int
    """A descriptor that holds the folder's lock."""

    def release(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._held)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    held = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def hold_scratch(parent: Path, prefix: str = SCRATCH) -> Scratch:
    """Make an empty scratch folder below another one; the caller releases it, or sweep_scratch after a kill does."""
    parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    with _locked(parent):
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(held, fcntl.LOCK_EX)
    return Scratch(folder, held)


@contextmanager
def scratch(parent: Path, prefix: str = SCRATCH) -> Iterator[Path]:
    """Yield an empty scratch folder below another one, and remove it afterwards."""
    made = hold_scratch(parent, prefix)
    try:
        yield made.folder
    finally:
        made.release()


def sweep_scratch(parent: Path, prefix: str = SCRATCH) -> int:
    """Remove the scratch folders that killed processes left below a folder, and return how many."""
    if not parent.is_dir():
        return 0
    swept = 0
    with _locked(parent):
        for folder in sorted(parent.glob(f"{prefix}*")):
            try:
                held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            except OSError:
                # its own process has just removed it, or it is none of ours
                continue
            swept += _remove_unless_held(folder, held)
            os.close(held)
    return swept


def _remove_unless_held(folder: Path, descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return True
