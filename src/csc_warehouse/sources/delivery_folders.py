"""Deliveries in a tree of folders, wherever the tree is: complete, not there yet, or no part of any."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import BinaryIO, NamedTuple, Protocol

from csc_warehouse.contracts.damaged import DAMAGED_ZIP
from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.contracts.protocols import (
    ControlFileProtocol,
    LooseFilesProtocol,
    ManifestFolderProtocol,
    ManifestZipProtocol,
    date_in_name,
    digits_of,
)
from csc_warehouse.errors import MOST_SHOWN, printable, shown
from csc_warehouse.sources.delivery import DeliveredFile, Delivery, Found, UnreadableFolderError
from csc_warehouse.sources.zips import states_more

AUTHORITY_FOLDER = re.compile(r"[A-Z][0-9]{8}\Z")
_SOME = 1024**2
_LARGEST_MANIFEST = 16 * 1024**2
SHEET_SUFFIXES = (".xlsx", ".csv")
"""Corporate returns come as either, whatever the contract's usual one (deliveries.md section 5)."""


class Entry(NamedTuple):
    """One name in a folder."""

    name: str
    path: str
    is_folder: bool
    file: DeliveredFile | None
    """None: it is no plain file."""
    unfit: str = ""
    """Why nothing of it may be taken, as a clause ("it is a pipe, and no file"); blank: nothing is wrong with it."""


UNSAFE_NAME = "its name holds bytes that are no UTF-8, or characters that cannot be shown: have it renamed"
LEAVES_EXPORTS = "it is a link that leaves the exports folder, and was not followed: have what it leads to put here"


def unfit_name(name: str) -> str:
    """Return why nothing of this name is taken, as a clause; blank where it can be stored and shown everywhere."""
    return "" if name == printable(name) else UNSAFE_NAME


class Strays:
    """What lies among the deliveries and is no part of any, by reason."""

    def __init__(self) -> None:
        """Begin with none."""
        self._paths: dict[str, list[str]] = {}

    def add(self, path: str, why: str) -> None:
        """Add one with the reason as a clause."""
        self._paths.setdefault(why, []).append(path)

    def sentences(self) -> list[str]:
        """Return a sentence for each of a few, and one for many alike: how many, and ten of them."""
        sentences = []
        for why, paths in self._paths.items():
            if len(paths) <= MOST_SHOWN:
                sentences += [f"{printable(path)} is ignored: {why}." for path in paths]
            else:
                some = ", ".join(shown(path) for path in paths[:MOST_SHOWN])
                sentences.append(f"{len(paths):,} files and folders are ignored: {why}. {MOST_SHOWN} of them: {some}.")
        return sentences


def files_of(entries: Iterable[Entry], strays: Strays) -> list[DeliveredFile]:
    """Return what a delivery's folder holds that may be part of it; what may not goes to the strays."""
    files = []
    for entry in entries:
        # where a file that is linked leads is judged with its delivery
        if entry.file is not None and not unfit_name(entry.name):
            files.append(entry.file)
        elif entry.unfit:
            strays.add(entry.path, entry.unfit)
    return files


class Tree(Protocol):
    """Folders and files, on this machine or another."""

    @property
    def has_late_writers(self) -> bool:
        """Tell whether a control file, too, may be seen half-written: so it is where files are sent over a network."""

    def entries(self, path: str) -> list[Entry]:
        """Return what a folder holds, by name; nothing where there is no such folder."""

    def leaves(self, path: str) -> bool:
        """Tell whether a folder is a link that leads out of the exports folder."""

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading."""


class Finder:
    """Finds one source's deliveries below an exports folder."""

    def __init__(
        self, tree: Tree, exports: str, contract: SourceContract, *, home_authority: str, most_members: int
    ) -> None:
        """Take the tree, its exports folder, the contract, the authority whose returns no folder names, and a limit."""
        self._tree = tree
        self._root = f"{exports}/{contract.source}"
        self._contract = contract
        self._home_authority = home_authority
        self._most_members = most_members

    def find(self, *, stable_seconds: float) -> Found:
        """Return the deliveries that are complete, in business-date order, and what is not there yet.

        A folder that cannot be read, and what is no part of any delivery, is a sentence and holds up no other.
        """
        found, strays = Found(), Strays()
        if self._tree.leaves(self._root):
            strays.add(self._root, LEAVES_EXPORTS)
        else:
            for authority, folder in self._authority_folders(strays):
                self._look_below(authority, folder, stable_seconds, found, strays)
        found.ignored.extend(strays.sentences())
        found.deliveries.sort(key=lambda delivery: (delivery.business_date, delivery.authority_code, delivery.name))
        return found

    def _look_below(self, authority: str, folder: str, stable_seconds: float, found: Found, strays: Strays) -> None:
        what = f"{self._contract.source} {authority}"
        try:
            for business_date, dated in self._dated_folders(folder, strays):
                try:
                    look = _Look(self._tree, self._contract, authority, business_date, dated, stable_seconds, found)
                    look.look(strays, self._most_members)
                except UnreadableFolderError as error:
                    # the other nights' deliveries are not to wait for it
                    found.not_there_yet.append(f"{what} {business_date} is not there yet: {error.clause}.")
        except UnreadableFolderError as error:
            if folder == self._root:
                raise
            # nor are the other authorities'
            found.not_there_yet.append(f"{what} is not there yet: {error.clause}.")

    def _authority_folders(self, strays: Strays) -> list[tuple[str, str]]:
        if self._contract.authority == "home":
            return [(self._home_authority, self._root)]
        folders = []
        for entry in self._tree.entries(self._root):
            if entry.is_folder and AUTHORITY_FOLDER.match(entry.name):
                folders.append((entry.name, entry.path))
            else:
                strays.add(entry.path, entry.unfit or "a folder named by an authority's code is expected there")
        return folders

    def _dated_folders(self, folder: str, strays: Strays) -> Iterator[tuple[datetime.date, str]]:
        for entry in self._tree.entries(folder):
            try:
                business_date = datetime.datetime.strptime(entry.name, "%Y-%m-%d").date()  # noqa: DTZ007 (a date only)
            except ValueError:
                business_date = None
            if business_date is None or not entry.is_folder or entry.name != business_date.isoformat():
                strays.add(entry.path, entry.unfit or "a folder named by a business date is expected there")
                continue
            yield business_date, entry.path


class _Look:
    """One look at one dated folder."""

    def __init__(  # noqa: PLR0917  (all that one look needs)
        self,
        tree: Tree,
        contract: SourceContract,
        authority: str,
        business_date: datetime.date,
        folder: str,
        stable_seconds: float,
        found: Found,
    ) -> None:
        self._tree = tree
        self._contract = contract
        self._authority = authority
        self._business_date = business_date
        self._folder = folder
        self._stable_seconds = stable_seconds
        self._found = found
        self._files: list[DeliveredFile] = []

    def look(self, strays: Strays, most_members: int) -> None:
        self._files += files_of(self._tree.entries(self._folder), strays)
        protocol = self._contract.protocol
        if isinstance(protocol, ControlFileProtocol):
            self._look_for_control_file(protocol)
        elif isinstance(protocol, ManifestZipProtocol):
            self._look_for_zip(protocol, most_members)
        elif isinstance(protocol, ManifestFolderProtocol):
            self._look_for_manifest(protocol)
        elif isinstance(protocol, LooseFilesProtocol):
            self._look_for_returns(strays)

    def _not_yet(self, why: str, kind: str = "") -> None:
        what = f"{self._contract.source} {kind}{self._authority} {self._business_date}"
        self._found.not_there_yet.append(f"{what} is not there yet: {why}.")

    def _look_for_control_file(self, protocol: ControlFileProtocol) -> None:
        controls = [file for file in self._files if date_in_name(protocol.control_file, file.name)]
        if not controls:
            if self._files:
                self._not_yet("its control file has not arrived")
        elif self._tree.has_late_writers and any(not is_stable(file, self._stable_seconds) for file in self._files):
            self._not_yet("its files were written to a moment ago")
        else:
            self._add("all", self._files)

    def _look_for_zip(self, protocol: ManifestZipProtocol, most_members: int) -> None:
        zips = [file for file in self._files if date_in_name(protocol.file, file.name)]
        if not zips:
            if self._files:
                self._not_yet("its zip has not arrived")
            return
        moving = [file for file in zips if not is_stable(file, self._stable_seconds)]
        if any(not self._opens(file, protocol.manifest, most_members) for file in moving):
            self._not_yet("its zip does not open and is still changing")
            return
        self._add("all", self._files)

    def _look_for_manifest(self, protocol: ManifestFolderProtocol) -> None:
        by_name = {file.name.lower(): file for file in self._files}
        manifest = next((file for file in self._files if file.name == protocol.manifest), None)
        if manifest is None:
            if self._files:
                self._not_yet("its manifest has not arrived")
            return
        is_moving = any(not is_stable(file, self._stable_seconds) for file in self._files)
        if is_moving and not self._agrees(manifest, by_name):
            self._not_yet("a file that its manifest lists is not there, or not whole, and the folder is still changing")
            return
        self._add("all", self._files)

    def _agrees(self, manifest: DeliveredFile, by_name: dict[str, DeliveredFile]) -> bool:
        """Tell whether every file that a manifest lists is there with the bytes that it states."""
        if manifest.size > _LARGEST_MANIFEST:
            # it is there, and will be refused
            return True
        try:
            with self._tree.open(manifest.path) as stream:
                listed = json.loads(stream.read())["files"]
            return all(
                (file := by_name.get(str(entry["name"]).lower())) is not None
                and self._digest(file) == str(entry["sha256"]).strip().lower()
                for entry in listed
            )
        except (ValueError, LookupError, TypeError, RecursionError, OSError):
            return False

    def _digest(self, file: DeliveredFile) -> str:
        digest = hashlib.sha256()
        with self._tree.open(file.path) as stream:
            while some := stream.read(_SOME):
                digest.update(some)
        return digest.hexdigest()

    def _opens(self, file: DeliveredFile, manifest: str, most_members: int) -> bool:
        try:
            with self._tree.open(file.path) as stream:
                if states_more(stream, most_members):
                    # it is there, and will be refused
                    return True
                stream.seek(0)
                with zipfile.ZipFile(stream) as archive, archive.open(manifest) as member:
                    while member.read(_SOME):
                        pass
        except DAMAGED_ZIP:
            return False
        return True

    def _look_for_returns(self, strays: Strays) -> None:
        taken: set[str] = set()
        for entity in self._contract.entities.values():
            matching = [file for file in self._files if return_date(entity.file, file.name)]
            taken.update(file.name for file in matching)
            for files in separate_returns(entity.file, matching, digits_of(self._business_date)):
                if any(not is_stable(file, self._stable_seconds) for file in files):
                    self._not_yet("its file was written to a moment ago", f"{entity.name} ")
                else:
                    self._add(entity.name, files)
        for file in self._files:
            if file.name not in taken:
                strays.add(file.path, "no return of that name was agreed")

    def _add(self, name: str, files: list[DeliveredFile]) -> None:
        source = self._contract.source
        self._found.deliveries.append(
            Delivery(source, self._authority, name, self._business_date, self._folder, tuple(files))
        )


def return_date(pattern: str, file_name: str) -> str | None:
    """Return the eight digits of a return's file name, sheet or CSV, or None where it is another file."""
    stem = pattern.rpartition(".")[0]
    for suffix in SHEET_SUFFIXES:
        digits = date_in_name(stem + suffix, file_name)
        if digits is not None:
            return digits
    return None


def separate_returns(pattern: str, files: Iterable[DeliveredFile], digits: str) -> list[list[DeliveredFile]]:
    """Return the files of one kind of return in a folder, each a delivery of its own, that of the folder's day last.

    Of several of that day the one in the agreed form counts; beside each other one lies the one that does. What is
    refused comes first: it is answered by the good one that comes after it.
    """
    suffix = PurePath(pattern).suffix
    ordered = sorted(files, key=lambda file: (PurePath(file.name).suffix.lower() != suffix, file.name))
    of_the_day = [file for file in ordered if return_date(pattern, file.name) == digits]
    strays = [[file] for file in ordered if file not in of_the_day]
    return [*strays, *([file, of_the_day[0]] for file in of_the_day[1:]), *([file] for file in of_the_day[:1])]


def is_stable(file: DeliveredFile, stable_seconds: float) -> bool:
    """Tell whether nobody has written to a file for long enough; a time in the future counts by its distance."""
    return stable_seconds <= 0 or abs(time.time() - file.modified_ns / 1e9) >= stable_seconds
