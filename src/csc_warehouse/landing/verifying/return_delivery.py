"""A delivery that is one corporate return, a file of its own (deliveries.md sections 5 and 6)."""

from __future__ import annotations

from pathlib import Path

from csc_warehouse.errors import shown
from csc_warehouse.landing.refusal import NotThereYet
from csc_warehouse.landing.verifying.delivery_files import DeliveryFiles, opener
from csc_warehouse.landing.verifying.verified import EntityFile, Verified
from csc_warehouse.sources.delivery_folders import return_date


class ReturnDelivery:
    """Verifies one delivery of this form."""

    def __init__(self, files: DeliveryFiles) -> None:
        """Take the delivery's files: the return, and perhaps the same one in another format."""
        self._files = files
        self.kind = "return"

    def content_parts(self) -> list[tuple[str, str]]:
        """Return names and hashes of the files."""
        files = self._files
        return [(file.name.lower(), files.scan_path(Path(file.path)).sha256) for file in files.delivery.files]

    def verify(self) -> Verified:
        """Return the verified delivery; of two files of one return, the one in the contract's format counts.

        Raises Refusal where a file is not of the delivery's date, NotThereYet where all have gone.
        """
        files = self._files
        entity = files.contract.entities[files.delivery.name]
        candidates = sorted(
            files.delivery.files,
            key=lambda file: (Path(file.name).suffix.lower() != Path(entity.file).suffix, file.name),
        )
        if not candidates:
            raise NotThereYet(f"the file of {files.delivery.label} has gone")
        for file in candidates:
            files.require_date(return_date(entity.file, file.name) or "", file.name)
        notices = [
            f"{shown(file.name)} is ignored: {shown(candidates[0].name)} is the same return." for file in candidates[1:]
        ]
        path = Path(candidates[0].path)
        found = files.scan_path(path)
        file_of_entity = EntityFile(entity, path.name, found.sha256, found.size, opener(path))
        return Verified("return", [file_of_entity], [files.arrived(path)], notices)
