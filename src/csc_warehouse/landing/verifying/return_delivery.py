"""A delivery that is one corporate return, a file of its own (deliveries.md sections 5 and 6)."""

from __future__ import annotations

from pathlib import Path

from csc_warehouse.errors import shown
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.landing.verifying.delivery_files import DeliveryFiles, opener
from csc_warehouse.landing.verifying.verified import EntityFile, Verified
from csc_warehouse.sources.delivery_folders import return_date


class ReturnDelivery:
    """Verifies one delivery of this form."""

    def __init__(self, files: DeliveryFiles) -> None:
        """Take the delivery's files: the return, and where another of its day counts, that one after it."""
        self._files = files
        self.kind = "return"

    def content_parts(self) -> list[tuple[str, str]]:
        """Return name and hash of the file, and the name of the one that counts in its stead."""
        files = self._files
        # once that one has gone, this is another content: it is no longer the second, and is tried again
        parts = [(file.name.lower(), "counts") for file in files.delivery.files[1:]]
        return [
            *((file.name.lower(), files.scan_path(Path(file.path)).sha256) for file in files.delivery.files[:1]),
            *parts,
        ]

    def verify(self) -> Verified:
        """Return the verified delivery.

        Raises Refusal where the file is not of the delivery's date, or another one is the same return, NotThereYet
        where it has gone.
        """
        files = self._files
        entity = files.contract.entities[files.delivery.name]
        if not files.delivery.files:
            raise NotThereYet(f"the file of {files.delivery.label} has gone")
        file, *others = files.delivery.files
        files.require_date(return_date(entity.file, file.name) or "", file.name)
        if others:
            raise Refusal(
                f"is the same return as {shown(others[0].name)}, which counts: none of its rows is taken",
                file_name=file.name,
                code="return_twice",
            )
        path = Path(file.path)
        found = files.scan_path(path)
        file_of_entity = EntityFile(entity, path.name, found.sha256, found.size, opener(path))
        return Verified("return", [file_of_entity], [files.arrived(path)])
