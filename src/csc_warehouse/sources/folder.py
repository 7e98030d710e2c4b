"""Deliveries in a folder, local or mounted (deliveries.md section 1)."""

from __future__ import annotations

import datetime
import re
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from csc_warehouse.contracts.model import (
    ControlFileProtocol,
    LooseFilesProtocol,
    ManifestZipProtocol,
    SourceContract,
    date_in_name,
)
from csc_warehouse.errors import UsageError
from csc_warehouse.sources.delivery import DeliveredFile, Delivery, Found

AUTHORITY_FOLDER = re.compile(r"[A-Z][0-9]{8}\Z")
SHEET_SUFFIXES = (".xlsx", ".csv")
"""Corporate returns come as either, whatever the contract's usual one (deliveries.md section 5)."""


class FolderSource:
    """One source's deliveries below an exports folder."""

    def __init__(self, exports: Path, contract: SourceContract, *, home_authority: str) -> None:
        """Take the exports folder, the source's contract and the authority whose returns are not named by a folder."""
        self._root = exports / contract.source
        self._exports = exports
        self._contract = contract
        self._home_authority = home_authority

    def find(self, *, stable_seconds: float) -> Found:
        """Return the deliveries that are complete, in business-date order, and what is not there yet.

        Raises UsageError where the exports folder does not exist; a source without a folder has delivered nothing.
        """
        if not self._exports.is_dir():
            raise UsageError(
                f"The exports folder {self._exports} does not exist: give it by --exports or CSC_WAREHOUSE_EXPORTS, "
                "or write a sample there with `csc-warehouse sample --out`."
            )
        found = Found()
        for authority, folder in self._authority_folders(found):
            for business_date, dated in self._dated_folders(folder, found):
                self._look(authority, business_date, dated, stable_seconds, found)
        found.deliveries.sort(key=lambda delivery: (delivery.business_date, delivery.authority_code, delivery.name))
        return found

    @contextmanager
    def fetch(self, delivery: Delivery) -> Iterator[Delivery]:
        """Yield the delivery as it is: its files are already on this machine."""
        yield delivery

    def _authority_folders(self, found: Found) -> list[tuple[str, Path]]:
        if not self._root.is_dir():
            return []
        if self._contract.authority == "home":
            return [(self._home_authority, self._root)]
        folders = []
        for path in sorted(self._root.iterdir()):
            if path.is_dir() and AUTHORITY_FOLDER.match(path.name):
                folders.append((path.name, path))
            else:
                found.ignored.append(f"{path} is ignored: a folder named by an authority's code is expected there.")
        return folders

    def _dated_folders(self, folder: Path, found: Found) -> Iterator[tuple[datetime.date, Path]]:
        for path in sorted(folder.iterdir()):
            try:
                business_date = datetime.datetime.strptime(path.name, "%Y-%m-%d").date()  # noqa: DTZ007 (a date only)
            except ValueError:
                business_date = None
            if business_date is None or not path.is_dir() or path.name != business_date.isoformat():
                found.ignored.append(f"{path} is ignored: a folder named by a business date is expected there.")
                continue
            yield business_date, path

    def _look(self, authority: str, business_date: datetime.date, folder: Path, stable: float, found: Found) -> None:
        files = _files(folder)
        protocol = self._contract.protocol
        if isinstance(protocol, ControlFileProtocol):
            where = f"{self._contract.source} {authority} {business_date}"
            if any(date_in_name(protocol.control_file, file.name) for file in files):
                found.deliveries.append(self._delivery(authority, business_date, "all", folder, files))
            elif files:
                found.not_there_yet.append(f"{where} is not there yet: its control file has not arrived.")
        elif isinstance(protocol, ManifestZipProtocol):
            self._look_for_zip(protocol, authority, business_date, folder, files, stable, found)
        elif isinstance(protocol, LooseFilesProtocol):
            self._look_for_returns(authority, business_date, folder, files, stable, found)

    def _look_for_zip(  # noqa: PLR0917  (one look at one folder)
        self,
        protocol: ManifestZipProtocol,
        authority: str,
        business_date: datetime.date,
        folder: Path,
        files: list[DeliveredFile],
        stable: float,
        found: Found,
    ) -> None:
        where = f"{self._contract.source} {authority} {business_date}"
        zips = [file for file in files if date_in_name(protocol.file, file.name)]
        if not zips:
            if files:
                found.not_there_yet.append(f"{where} is not there yet: its zip has not arrived.")
            return
        moving = [file for file in zips if not is_stable(file, stable)]
        if any(not _opens(Path(file.path), protocol.manifest) for file in moving):
            found.not_there_yet.append(f"{where} is not there yet: its zip does not open and is still changing.")
            return
        found.deliveries.append(self._delivery(authority, business_date, "all", folder, files))

    def _look_for_returns(  # noqa: PLR0917  (one look at one folder)
        self,
        authority: str,
        business_date: datetime.date,
        folder: Path,
        files: list[DeliveredFile],
        stable: float,
        found: Found,
    ) -> None:
        taken: set[str] = set()
        for entity in self._contract.entities.values():
            matching = [file for file in files if return_date(entity.file, file.name)]
            taken.update(file.name for file in matching)
            if not matching:
                continue
            if any(not is_stable(file, stable) for file in matching):
                where = f"{self._contract.source} {entity.name} {authority} {business_date}"
                found.not_there_yet.append(f"{where} is not there yet: its file was written to a moment ago.")
                continue
            found.deliveries.append(self._delivery(authority, business_date, entity.name, folder, matching))
        for file in files:
            if file.name not in taken:
                found.ignored.append(f"{file.path} is ignored: no return of that name was agreed.")

    def _delivery(
        self, authority: str, business_date: datetime.date, name: str, folder: Path, files: list[DeliveredFile]
    ) -> Delivery:
        return Delivery(self._contract.source, authority, name, business_date, str(folder), tuple(files))


def return_date(pattern: str, file_name: str) -> str | None:
    """Return the eight digits of a return's file name, sheet or CSV, or None where it is another file."""
    stem = pattern.rpartition(".")[0]
    for suffix in SHEET_SUFFIXES:
        digits = date_in_name(stem + suffix, file_name)
        if digits is not None:
            return digits
    return None


def is_stable(file: DeliveredFile, stable_seconds: float) -> bool:
    """Tell whether nobody has written to a file for long enough; a time in the future counts by its distance."""
    return stable_seconds <= 0 or abs(time.time() - file.modified_ns / 1e9) >= stable_seconds


def look_again(delivery: Delivery) -> Delivery:
    """Return the delivery with sizes and times of now; a file that has gone is left out."""
    files = []
    for file in delivery.files:
        path = Path(file.path)
        if path.is_file():
            files.append(_delivered(path))
    return Delivery(
        delivery.source,
        delivery.authority_code,
        delivery.name,
        delivery.business_date,
        delivery.location,
        tuple(files),
    )


def _delivered(path: Path) -> DeliveredFile:
    status = path.stat()
    return DeliveredFile(path.name, str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _files(folder: Path) -> list[DeliveredFile]:
    return [_delivered(path) for path in sorted(folder.iterdir()) if path.is_file()]


def _opens(path: Path, manifest: str) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            archive.read(manifest)
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        return False
    return True
