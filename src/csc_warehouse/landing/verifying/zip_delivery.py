"""A delivery that is a zip with a manifest: safe members, each as the manifest says (deliveries.md 3, 6 and 7)."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from csc_warehouse.contracts.damaged import DAMAGED_ZIP
from csc_warehouse.contracts.protocols import ManifestZipProtocol, date_in_name
from csc_warehouse.errors import shown
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.landing.verifying.control_file import require_plain_name
from csc_warehouse.landing.verifying.delivery_files import DeliveryFiles
from csc_warehouse.landing.verifying.file_scan import FileScan, require_encoding, scan
from csc_warehouse.landing.verifying.verified import EntityFile, Verified, ignored_files_notices
from csc_warehouse.landing.verifying.zip_manifest import read_manifest
from csc_warehouse.landing.verifying.zip_safety import open_zip, require_safe
from csc_warehouse.sources.delivery import DeliveredFile


class ZipDelivery:
    """Verifies one delivery of this form."""

    def __init__(self, files: DeliveryFiles, protocol: ManifestZipProtocol) -> None:
        """Take the delivery's files, and how its source packs them."""
        self._files = files
        self._protocol = protocol
        self.kind = "unknown"
        """full or delta once the manifest was read."""
        self._scans: dict[str, FileScan] | None = None
        """The zip's members by name, once they were hashed."""

    def content_parts(self) -> list[tuple[str, str]]:
        """Return names and hashes of the zip's members: packing the same files again makes no new content."""
        zips = self._zips()
        parts = [(file.name.lower(), self._files.scan_path(Path(file.path)).sha256) for file in zips]
        scans = self._member_scans(Path(zips[0].path)) if len(zips) == 1 else None
        return parts if scans is None else [(name, found.sha256) for name, found in scans.items()]

    def verify(self) -> Verified:
        """Return the verified delivery. Raises Refusal with the first reason not to trust it."""
        files, protocol = self._files, self._protocol
        path = self._only_zip()
        with open_zip(path, files.limits) as archive:
            require_safe(archive, path.name, files.limits)
            manifest = read_manifest(archive, protocol, path.name, files.limits)
        self.kind = manifest["extract_type"]
        self._require_agreement(manifest, path.name)
        scans = self._member_scans(path)
        if scans is None:
            raise Refusal("does not unpack", file_name=path.name, code="unreadable_zip")
        verified = Verified(manifest["extract_type"], [], [files.arrived(path)])
        others = [file.name for file in files.delivery.files if file.name != path.name]
        verified.notices.extend(ignored_files_notices(others, "no part of the delivery"))
        self._verify_members(manifest, path, scans, verified)
        return verified

    def _zips(self) -> list[DeliveredFile]:
        return [file for file in self._files.delivery.files if date_in_name(self._protocol.file, file.name)]

    def _only_zip(self) -> Path:
        zips = self._zips()
        if not zips:
            raise NotThereYet(f"the zip of {self._files.delivery.label} has gone")
        for file in zips:
            self._files.require_date(date_in_name(self._protocol.file, file.name) or "", file.name)
        if len(zips) != 1:
            raise Refusal(f"has {len(zips)} zips", code="unreadable_zip")
        return Path(zips[0].path)

    def _member_scans(self, path: Path) -> dict[str, FileScan] | None:
        """Hash every member once; None where the zip does not open, is unsafe, or does not unpack."""
        if self._scans is None:
            found: dict[str, FileScan] = {}
            try:
                with open_zip(path, self._files.limits) as archive:
                    require_safe(archive, path.name, self._files.limits)
                    for info in archive.infolist():
                        if not info.is_dir():
                            with archive.open(info) as member:
                                found[info.filename] = scan(cast(BinaryIO, member))
            except (Refusal, *DAMAGED_ZIP):
                return None
            self._scans = found
        return self._scans

    def _require_agreement(self, manifest: dict[str, Any], file_name: str) -> None:
        delivery = self._files.delivery
        for what, stated, agreed in (
            ("source", manifest["source"], delivery.source),
            ("authority", manifest["authority"], delivery.authority_code),
            ("date", _date(manifest["business_date"]), delivery.business_date),
        ):
            if stated != agreed:
                reason = f"has a manifest of another {what} than {agreed}"
                raise Refusal(reason, file_name=file_name, code="disagreement")

    def _verify_members(
        self, manifest: dict[str, Any], path: Path, scans: dict[str, FileScan], verified: Verified
    ) -> None:
        members = {member.lower(): member for member in scans}
        listed: set[str] = set()
        entities: dict[str, EntityFile] = {}
        stated: dict[str, str] = {}
        unknown: list[str] = []
        for entry in manifest["files"]:
            name = entry["name"]
            member = self._listed_member(name, members, listed)
            entity = self._files.entity_of(name)
            if entity is None:
                unknown.append(name)
                continue
            found = scans[member]
            opener = _member_opener(path, member)
            entities[entity.name] = EntityFile(
                entity, member, found.sha256, found.size, opener, entry["rows"], declared_in="manifest"
            )
            stated[member] = entry["sha256"].strip().lower()
        verified.entity_files = self._files.require_entities(entities, "the manifest")
        stray = [member for member in scans if member.lower() not in listed and member != self._protocol.manifest]
        verified.notices.extend(ignored_files_notices(unknown, "listed but no such entity was agreed"))
        verified.notices.extend(ignored_files_notices(stray, "not listed in the manifest"))
        for file in verified.entity_files:
            if stated[file.file_name] != file.sha256:
                reason = "has another sha256 than the manifest states"
                raise Refusal(reason, file_name=file.file_name, code="file_hash")
        encoding = self._files.contract.text.encoding
        for file in verified.entity_files:
            require_encoding(scans[file.file_name], encoding, file.file_name, verified.notices)

    def _listed_member(self, name: str, members: dict[str, str], listed: set[str]) -> str:
        """Return the member that an entry of the manifest names. Raises Refusal where it cannot be used."""
        require_plain_name(name, self._protocol.manifest)
        if name.lower() in listed:
            raise Refusal(f"lists {shown(name)} twice", file_name=self._protocol.manifest, code="bad_manifest")
        listed.add(name.lower())
        member = members.get(name.lower())
        if member is None:
            raise Refusal("is listed in the manifest but absent", file_name=name, code="absent_file")
        return member


def _date(text: object) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _member_opener(path: Path, member: str) -> Callable[[], BinaryIO]:
    def open_member() -> BinaryIO:
        # closing the member closes the zip with it, as the library counts its users
        with zipfile.ZipFile(path) as archive:
            return cast(BinaryIO, archive.open(member))

    return open_member
