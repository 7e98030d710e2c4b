"""Can a delivery be trusted? Every check on its files before a row of it is read (deliveries.md sections 6 and 7)."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from csc_warehouse.contracts.model import (
    ControlFileProtocol,
    Encoding,
    Entity,
    ManifestZipProtocol,
    SourceContract,
    date_in_name,
    digits_of,
)
from csc_warehouse.errors import MOST_SHOWN, shown, shown_few
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.landing.verifying.control_file import read_control
from csc_warehouse.landing.verifying.file_scan import FileScan, require_encoding, scan
from csc_warehouse.settings import LandingConfig
from csc_warehouse.sources.delivery import DeliveredFile, Delivery
from csc_warehouse.sources.delivery_folders import return_date

Kind = Literal["full", "delta", "return"]


@dataclass(frozen=True)
class EntityFile:
    """One entity's file, hashed and of a readable encoding; its rows are still unread."""

    entity: Entity
    file_name: str
    sha256: str
    size: int
    open: Callable[[], BinaryIO]
    declared_rows: int | None = None
    """Rows that the control file or manifest says it has."""
    encoding: Encoding | None = None
    """Encoding that the control file states; None: the contract's."""
    declared_in: str = "control file"
    """What says how many rows there are."""


@dataclass(frozen=True)
class ArrivedFile:
    """One file as it arrived, for the archive."""

    name: str
    path: Path
    sha256: str
    size: int


@dataclass
class Verified:
    """A delivery whose files can be trusted."""

    kind: Kind
    entity_files: list[EntityFile]
    arrived: list[ArrivedFile]
    notices: list[str] = field(default_factory=list)


class Verifier:
    """Verifies one delivery; keeps what it hashed, so that nothing is read twice to know it."""

    def __init__(self, delivery: Delivery, contract: SourceContract, limits: LandingConfig) -> None:
        """Take the delivery, its source's contract and the limits of trust."""
        self.delivery = delivery
        self.contract = contract
        self.limits = limits
        self.kind = _usual_kind(contract)
        """What it is as far as is known yet: full, delta, return, or unknown before a manifest was read."""
        self.zip_scans: dict[str, FileScan] | None = None
        """Members of the zip, once hashed."""
        self._scans: dict[str, FileScan] = {}

    def content_sha256(self) -> str:
        """Return the identity of the delivery's content: the same names and bytes, the same digest.

        Of a zip its members count, so that packing the same files again is no new content. Raises NotThereYet, and
        Refusal where a file is a link that leaves: what it leads to is not read.
        """
        from csc_warehouse.landing.verifying.zip_delivery import member_scans

        for file in self.delivery.files:
            self._require_inside(Path(file.path))
        parts = [(file.name.lower(), self.scan_path(Path(file.path)).sha256) for file in self._identifying_files()]
        if isinstance(self.contract.protocol, ManifestZipProtocol) and len(parts) == 1:
            members = member_scans(Path(self._identifying_files()[0].path), self)
            if members is not None:
                parts = [(name, found.sha256) for name, found in members.items()]
        return hashlib.sha256(repr(sorted(parts)).encode()).hexdigest()

    def _identifying_files(self) -> list[DeliveredFile]:
        protocol = self.contract.protocol
        if isinstance(protocol, ManifestZipProtocol):
            return [file for file in self.delivery.files if date_in_name(protocol.file, file.name)]
        if isinstance(protocol, ControlFileProtocol):
            patterns = [protocol.control_file, *(entity.file for entity in self.contract.entities.values())]
            return [f for f in self.delivery.files if any(date_in_name(pattern, f.name) for pattern in patterns)]
        return list(self.delivery.files)

    def verify(self) -> Verified:
        """Return the verified delivery.

        Raises Refusal with the first reason not to trust it, NotThereYet where a file has gone while it was read.
        """
        from csc_warehouse.landing.verifying.zip_delivery import verify_zip

        for file in self.delivery.files:
            self._require_inside(Path(file.path))
        protocol = self.contract.protocol
        if isinstance(protocol, ControlFileProtocol):
            verified = self._verify_control_file(protocol)
        elif isinstance(protocol, ManifestZipProtocol):
            verified = verify_zip(self, protocol)
        else:
            verified = self._verify_return()
        verified.notices.extend(self.delivery.notices)
        return verified

    def _require_inside(self, path: Path) -> None:
        if path.is_symlink() and not path.resolve().is_relative_to(Path(self.delivery.location).resolve()):
            raise Refusal("is a link that leaves the delivery's folder", file_name=path.name, code="unsafe_path")

    def scan_path(self, path: Path) -> FileScan:
        """Hash a file once. Raises NotThereYet where it has gone, Refusal where it may not be read."""
        known = self._scans.get(str(path))
        if known is None:
            try:
                with path.open("rb") as stream:
                    known = scan(stream)
            except FileNotFoundError as error:
                raise NotThereYet(f"{path.name} has gone") from error
            except PermissionError as error:
                remedy = "let the warehouse's account read it"
                raise Refusal("may not be read", file_name=path.name, remedy=remedy, code="no_permission") from error
            except OSError as error:
                # a share that fails may be back tomorrow
                raise NotThereYet(f"{shown(path.name)} cannot be read ({error.strerror})") from error
            self._scans[str(path)] = known
        return known

    def require_date(self, digits: str, file_name: str) -> None:
        """Check that the date in a file's name is its folder's."""
        if digits != digits_of(self.delivery.business_date):
            raise Refusal(
                f"is not of {self.delivery.business_date}, the date of its folder",
                file_name=file_name,
                code="disagreement",
            )

    def _verify_control_file(self, protocol: ControlFileProtocol) -> Verified:
        by_name = {file.name.lower(): Path(file.path) for file in self.delivery.files}
        controls = [f for f in self.delivery.files if date_in_name(protocol.control_file, f.name)]
        for control in controls:
            self.require_date(date_in_name(protocol.control_file, control.name) or "", control.name)
        if len(controls) != 1:
            raise Refusal(f"has {len(controls)} control files", code="bad_control_file")
        counts, encodings = self._read_control(protocol, Path(controls[0].path))
        verified = Verified("full", [], [self._arrived(Path(controls[0].path))])
        entities: dict[str, EntityFile] = {}
        unknown: list[str] = []
        for name, rows in counts.items():
            entity = next((e for e in self.contract.entities.values() if e.is_file(name)), None)
            if entity is not None:
                self.require_date(date_in_name(entity.file, name) or "", name)
            path = by_name.get(name.lower())
            if path is None:
                raise Refusal("is listed in the control file but absent", file_name=name, code="absent_file")
            if entity is None:
                unknown.append(name)
                continue
            found = self.scan_path(path)
            entities[entity.name] = EntityFile(
                entity, path.name, found.sha256, found.size, _opener(path), rows, encodings.get(name)
            )
        self.require_entities(entities, "the control file")
        known = {controls[0].name.lower(), *(name.lower() for name in counts)}
        stray = [path.name for name, path in by_name.items() if name not in known]
        verified.notices.extend(told_ignored(unknown, "listed but no such entity was agreed"))
        verified.notices.extend(told_ignored(stray, "not listed in the control file"))
        for file in entities.values():
            path = by_name[file.file_name.lower()]
            encoding = file.encoding or self.contract.text.encoding
            require_encoding(self.scan_path(path), encoding, path.name, verified.notices)
            verified.arrived.append(self._arrived(path))
        verified.entity_files = list(entities.values())
        return verified

    def _read_control(self, protocol: ControlFileProtocol, path: Path) -> tuple[dict[str, int], dict[str, Encoding]]:
        found = self.scan_path(path)
        if found.size > self.limits.maximum_control_bytes:
            reason = f"is larger than the {self.limits.maximum_control_bytes:,} bytes that a control file may have"
            raise Refusal(f"{reason} (`landing.maximum_control_bytes`)", file_name=path.name, code="bad_control_file")
        require_encoding(found, self.contract.text.encoding, path.name, [])
        return read_control(path.read_bytes(), protocol, self.contract.text.delimiter, path.name, self.limits)

    def require_entities(self, found: dict[str, EntityFile], where: str) -> None:
        """Check that every entity of the contract is there, and put them into the contract's order."""
        for entity in self.contract.entities.values():
            if entity.name not in found:
                name = entity.file_name(self.delivery.business_date)
                raise Refusal(f"is missing: {where} does not list this entity", file_name=name, code="missing_entity")
        ordered = {name: found[name] for name in self.contract.entities}
        found.clear()
        found.update(ordered)

    def _verify_return(self) -> Verified:
        entity = self.contract.entities[self.delivery.name]
        notices: list[str] = []
        candidates = sorted(
            self.delivery.files,
            key=lambda file: (Path(file.name).suffix.lower() != Path(entity.file).suffix, file.name),
        )
        if not candidates:
            raise NotThereYet(f"the file of {self.delivery.label} has gone")
        for file in candidates:
            self.require_date(return_date(entity.file, file.name) or "", file.name)
        for file in candidates[1:]:
            notices.append(f"{shown(file.name)} is ignored: {shown(candidates[0].name)} is the same return.")
        path = Path(candidates[0].path)
        found = self.scan_path(path)
        file_of_entity = EntityFile(entity, path.name, found.sha256, found.size, _opener(path))
        return Verified("return", [file_of_entity], [self._arrived(path)], notices)

    def _arrived(self, path: Path) -> ArrivedFile:
        found = self.scan_path(path)
        return ArrivedFile(path.name, path, found.sha256, found.size)


def told_ignored(names: list[str], clause: str) -> list[str]:
    """Return what is said of files that were ignored: a sentence each for a few, else how many and ten of them."""
    if len(names) <= MOST_SHOWN:
        return [f"{shown(name)} is {clause}: it was ignored." for name in names]
    return [f"{len(names):,} files are {clause}: they were ignored ({shown_few(names)})."]


def parse_date(text: object) -> datetime.date | None:
    """Return an ISO date, or None."""
    try:
        return datetime.date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _usual_kind(contract: SourceContract) -> str:
    kinds = {"control_file": "full", "manifest_zip": "unknown", "loose_files": "return"}
    return kinds[contract.protocol.kind]


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")
