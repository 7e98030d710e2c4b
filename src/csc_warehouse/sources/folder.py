"""Deliveries in a folder, local or mounted (deliveries.md section 1)."""

from __future__ import annotations

import getpass
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import MOST_MEMBERS
from csc_warehouse.sources.delivery import DeliveredFile, Delivery, Found, UnreadableFolderError
from csc_warehouse.sources.delivery_folders import LEAVES_EXPORTS, Entry, Finder, unfit_name

_KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFBLK: "a device", stat.S_IFCHR: "a device"}


class LocalTree:
    """Folders of this machine."""

    has_late_writers = False

    def __init__(self, exports: str) -> None:
        """Take the exports folder, which may itself be a link."""
        self._exports = exports

    def entries(self, path: str) -> list[Entry]:
        """Return what a folder holds, by name; nothing where there is no such folder."""
        folder = Path(path)
        try:
            if not folder.is_dir():
                return []
            return [self._entry(child) for child in sorted(folder.iterdir())]
        except FileNotFoundError as error:
            raise UnreadableFolderError(f"{error.filename} has gone while the folder {path} was read") from error
        except OSError as error:
            raise UnreadableFolderError(
                f"the folder {path} cannot be read ({error.strerror}): correct its owner, mode or share for the "
                f"account that the warehouse runs under ({_account()}), and run again"
            ) from error

    def leaves(self, path: str) -> bool:
        """Tell whether a path is a link that leads out of the exports folder."""
        inside = Path(os.path.realpath(self._exports))
        return Path(path).is_symlink() and not Path(os.path.realpath(path)).is_relative_to(inside)

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading."""
        return Path(path).open("rb")

    def _entry(self, path: Path) -> Entry:
        unfit = unfit_name(path.name)
        if path.is_symlink():
            if not path.exists():
                return Entry(path.name, str(path), False, None, "it is a link that leads nowhere")
            if self.leaves(str(path)):
                file = delivered_file(path) if path.is_file() else None
                return Entry(path.name, str(path), False, file, LEAVES_EXPORTS)
        mode = path.stat().st_mode
        kind = _KINDS.get(stat.S_IFMT(mode))
        if kind is not None:
            unfit = f"it is {kind}, and no file"
        file = delivered_file(path) if stat.S_ISREG(mode) else None
        return Entry(path.name, str(path), stat.S_ISDIR(mode), file, unfit)


class FolderSource:
    """One source's deliveries below an exports folder."""

    is_on_this_machine = True

    def __init__(
        self, exports: Path, contract: SourceContract, *, home_authority: str, most_members: int = MOST_MEMBERS
    ) -> None:
        """Take the exports folder, the contract, the authority whose returns no folder names, and a zip's limit."""
        self._exports = exports
        self._finder = Finder(
            LocalTree(str(exports)), str(exports), contract, home_authority=home_authority, most_members=most_members
        )

    def find(self, *, stable_seconds: float) -> Found:
        """Return the deliveries that are complete, in business-date order, and what is not there yet.

        Raises UsageError where the exports folder does not exist; a source without a folder has delivered nothing.
        """
        try:
            is_there = self._exports.is_dir()
        except OSError as error:
            raise UsageError(
                f"The exports folder {self._exports} cannot be reached ({error.strerror}): mount the share, or correct "
                f"the mode of the folders above it for the account that the warehouse runs under ({_account()})."
            ) from error
        if self._exports.is_file():
            raise UsageError(f"{self._exports} is a file, not the exports folder: give the folder that it lies in.")
        if not is_there:
            raise UsageError(
                f"The exports folder {self._exports} does not exist: give it by --exports or CSC_WAREHOUSE_EXPORTS, "
                "or write a sample there with `csc-warehouse sample --out`."
            )
        return self._finder.find(stable_seconds=stable_seconds)

    def look_again(self, delivery: Delivery) -> Delivery:
        """Return the delivery with sizes and times of now; a file that has gone is left out."""
        return look_again(delivery)

    @contextmanager
    def fetch(self, delivery: Delivery) -> Iterator[Delivery]:
        """Yield the delivery as it is: its files are already on this machine."""
        yield delivery


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"number {os.getuid()}"


def look_again(delivery: Delivery) -> Delivery:
    """Return a delivery of this machine with sizes and times of now; a file that has gone is left out."""
    paths = [Path(file.path) for file in delivery.files]
    return replace(delivery, files=tuple(delivered_file(path) for path in paths if path.is_file()))


def delivered_file(path: Path) -> DeliveredFile:
    """Return a file of this machine as it is now."""
    status = path.stat()
    return DeliveredFile(path.name, str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns)
