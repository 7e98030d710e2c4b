"""A delivery of Parquet files beside a manifest that lists them (deliveries.md sections 6, 7 and 8)."""

from __future__ import annotations

from pathlib import Path

from csc_warehouse.contracts.protocols import ManifestFolderProtocol
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.landing.verifying.delivery_files import DeliveryFiles, opener
from csc_warehouse.landing.verifying.manifest_check import Listed, listing, other_hash, require_agreement
from csc_warehouse.landing.verifying.parquet_safety import damaged, require_safe_parquet
from csc_warehouse.landing.verifying.verified import EntityFile, Verified
from csc_warehouse.landing.verifying.zip_manifest import parse_manifest


class FolderDelivery:
    """Verifies one delivery of this form."""

    def __init__(self, files: DeliveryFiles, protocol: ManifestFolderProtocol) -> None:
        """Take the delivery's files, and what its source's manifest is called."""
        self._files = files
        self._protocol = protocol
        self.kind: str = "unknown"
        """full or delta once the manifest was read."""

    def content_parts(self) -> list[tuple[str, str]]:
        """Return names and hashes of the manifest and of the files of entities."""
        known = [
            file
            for file in self._files.delivery.files
            if file.name == self._protocol.manifest or self._files.entity_of(file.name) is not None
        ]
        return [(file.name.lower(), self._files.scan_path(Path(file.path)).sha256) for file in known]

    def verify(self) -> Verified:
        """Return the verified delivery. Raises Refusal with the first reason not to trust it."""
        files, protocol = self._files, self._protocol
        there = {file.name: Path(file.path) for file in files.delivery.files}
        manifest_path = there.get(protocol.manifest)
        if manifest_path is None:
            raise NotThereYet(f"the manifest of {files.delivery.label} has gone")
        size = files.scan_path(manifest_path).size
        if size > files.limits.maximum_control_bytes:
            reason = f"is larger than the {files.limits.maximum_control_bytes:,} bytes that a manifest may have"
            reason += " (`landing.maximum_control_bytes`)"
            raise Refusal(reason, file_name=protocol.manifest, code="bad_manifest")
        manifest = parse_manifest(manifest_path.read_bytes(), protocol)
        kind = protocol.extract_types[manifest["extract_type"]]
        self.kind = kind
        require_agreement(manifest, files.delivery, protocol.manifest)
        found = listing(manifest, there, files, protocol.manifest)
        for listed in found.files:
            if files.scan_path(there[listed.name]).sha256 != listed.sha256:
                raise other_hash(listed.name)
        entities = {listed.entity.name: self._entity_file(listed, there[listed.name]) for listed in found.files}
        verified = Verified(kind, files.require_entities(entities, "the manifest"), [files.arrived(manifest_path)])
        verified.arrived.extend(files.arrived(there[file.file_name]) for file in verified.entity_files)
        verified.notices.extend(found.notices)
        self._require_unpacked(verified)
        return verified

    def _entity_file(self, listed: Listed, path: Path) -> EntityFile:
        found = self._files.scan_path(path)
        with path.open("rb") as stream, damaged(path.name):
            facts = require_safe_parquet(stream, path.name, self._files.limits)
        # what a file takes in memory is not told by its packed bytes
        size = max(found.size, facts.unpacked_bytes)
        return EntityFile(
            listed.entity, path.name, found.sha256, size, opener(path), listed.rows, declared_in="manifest"
        )

    def _require_unpacked(self, verified: Verified) -> None:
        limits = self._files.limits
        unpacked = sum(file.size for file in verified.entity_files)
        if unpacked > limits.maximum_unpacked_bytes:
            raise Refusal(
                f"unpacks to {unpacked:,} bytes, more than {limits.maximum_unpacked_bytes:,}"
                " (`landing.maximum_unpacked_bytes`)",
                code="too_large",
            )
