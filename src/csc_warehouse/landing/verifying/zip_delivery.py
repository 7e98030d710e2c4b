"""A delivery that is a zip with a manifest: safe members, each as the manifest says (deliveries.md 3, 6 and 7)."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from csc_warehouse.contracts.damaged import DAMAGED_ZIP
from csc_warehouse.contracts.protocols import ManifestZipProtocol, date_in_name
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.landing.verifying.delivery_files import DeliveryFiles
from csc_warehouse.landing.verifying.file_scan import FileScan, require_encoding, scan
from csc_warehouse.landing.verifying.manifest_check import listing, other_hash, require_agreement
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
        self.kind: str = "unknown"
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
        kind = protocol.extract_types[manifest["extract_type"]]
        self.kind = kind
        require_agreement(manifest, files.delivery, path.name)
        scans = self._member_scans(path)
        if scans is None:
            raise Refusal("does not unpack", file_name=path.name, code="unreadable_zip")
        verified = Verified(kind, [], [files.arrived(path)])
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

    def _verify_members(
        self, manifest: dict[str, Any], path: Path, scans: dict[str, FileScan], verified: Verified
    ) -> None:
        found = listing(manifest, scans, self._files, self._protocol.manifest)
        entities = {
            file.entity.name: EntityFile(
                file.entity,
                file.name,
                scans[file.name].sha256,
                scans[file.name].size,
                _member_opener(path, file.name),
                file.rows,
                declared_in="manifest",
            )
            for file in found.files
        }
        verified.entity_files = self._files.require_entities(entities, "the manifest")
        verified.notices.extend(found.notices)
        stated = {file.name: file.sha256 for file in found.files}
        for entity_file in verified.entity_files:
            if stated[entity_file.file_name] != entity_file.sha256:
                raise other_hash(entity_file.file_name)
        encoding = self._files.contract.text.encoding
        for entity_file in verified.entity_files:
            require_encoding(scans[entity_file.file_name], encoding, entity_file.file_name, verified.notices)


def _member_opener(path: Path, member: str) -> Callable[[], BinaryIO]:
    def open_member() -> BinaryIO:
        # closing the member closes the zip with it, as the library counts its users
        with zipfile.ZipFile(path) as archive:
            return cast(BinaryIO, archive.open(member))

    return open_member
