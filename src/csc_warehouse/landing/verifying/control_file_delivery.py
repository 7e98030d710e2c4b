"""A delivery of files beside a control file that lists them (deliveries.md sections 2, 6, 7 and 9)."""

from __future__ import annotations

from pathlib import Path

from csc_warehouse.contracts.protocols import ControlFileProtocol, Encoding, date_in_name
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.control_file import read_control
from csc_warehouse.landing.verifying.delivery_files import DeliveryFiles, opener
from csc_warehouse.landing.verifying.file_scan import require_encoding
from csc_warehouse.landing.verifying.verified import EntityFile, Verified, ignored_files_notices


class ControlFileDelivery:
    """Verifies one delivery of this form."""

    def __init__(self, files: DeliveryFiles, protocol: ControlFileProtocol) -> None:
        """Take the delivery's files, and what its source's control file is like."""
        self._files = files
        self._protocol = protocol
        self.kind = "full"

    def content_parts(self) -> list[tuple[str, str]]:
        """Return names and hashes of the control file and of the files of entities."""
        patterns = [self._protocol.control_file, *(entity.file for entity in self._files.contract.entities.values())]
        named = [f for f in self._files.delivery.files if any(date_in_name(pattern, f.name) for pattern in patterns)]
        return [(file.name.lower(), self._files.scan_path(Path(file.path)).sha256) for file in named]

    def verify(self) -> Verified:
        """Return the verified delivery. Raises Refusal with the first reason not to trust it."""
        files = self._files
        control = self._only_control_file()
        counts, encodings = self._read_control(control)
        verified = Verified("full", [], [files.arrived(control)])
        by_name = {file.name.lower(): Path(file.path) for file in files.delivery.files}
        entities: dict[str, EntityFile] = {}
        unknown: list[str] = []
        for name, rows in counts.items():
            entity = files.entity_of(name)
            if entity is not None:
                files.require_date(date_in_name(entity.file, name) or "", name)
            path = by_name.get(name.lower())
            if path is None:
                raise Refusal("is listed in the control file but absent", file_name=name, code="absent_file")
            if entity is None:
                unknown.append(name)
                continue
            found = files.scan_path(path)
            entities[entity.name] = EntityFile(
                entity, path.name, found.sha256, found.size, opener(path), rows, encodings.get(name)
            )
        verified.entity_files = files.require_entities(entities, "the control file")
        known = {control.name.lower(), *(name.lower() for name in counts)}
        stray = [path.name for name, path in by_name.items() if name not in known]
        verified.notices.extend(ignored_files_notices(unknown, "listed but no such entity was agreed"))
        verified.notices.extend(ignored_files_notices(stray, "not listed in the control file"))
        for file in verified.entity_files:
            path = by_name[file.file_name.lower()]
            encoding = file.encoding or files.contract.text.encoding
            require_encoding(files.scan_path(path), encoding, path.name, verified.notices)
            verified.arrived.append(files.arrived(path))
        return verified

    def _only_control_file(self) -> Path:
        pattern = self._protocol.control_file
        controls = [file for file in self._files.delivery.files if date_in_name(pattern, file.name)]
        for control in controls:
            self._files.require_date(date_in_name(pattern, control.name) or "", control.name)
        if len(controls) != 1:
            raise Refusal(f"has {len(controls)} control files", code="bad_control_file")
        return Path(controls[0].path)

    def _read_control(self, path: Path) -> tuple[dict[str, int], dict[str, Encoding]]:
        limits, text = self._files.limits, self._files.contract.text
        found = self._files.scan_path(path)
        if found.size > limits.maximum_control_bytes:
            reason = f"is larger than the {limits.maximum_control_bytes:,} bytes that a control file may have"
            raise Refusal(f"{reason} (`landing.maximum_control_bytes`)", file_name=path.name, code="bad_control_file")
        require_encoding(found, text.encoding, path.name, [])
        return read_control(path.read_bytes(), self._protocol, text.delimiter, path.name, limits)
