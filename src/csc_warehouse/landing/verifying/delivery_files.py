"""The files of one delivery, whatever its form: each hashed once, inside its folder, of its date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from csc_warehouse.contracts.model import Entity, SourceContract
from csc_warehouse.contracts.protocols import digits_of
from csc_warehouse.errors import shown
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.landing.verifying.file_scan import FileScan, scan
from csc_warehouse.landing.verifying.verified import ArrivedFile, EntityFile
from csc_warehouse.settings import LandingConfig
from csc_warehouse.sources.delivery import Delivery


class DeliveryFiles:
    """What every form of delivery asks of its files; remembers their hashes, so that none is read twice for them."""

    def __init__(self, delivery: Delivery, contract: SourceContract, limits: LandingConfig) -> None:
        """Take the delivery, its source's contract and the limits of trust."""
        self.delivery = delivery
        self.contract = contract
        self.limits = limits
        self._scans: dict[str, FileScan] = {}

    def require_inside(self) -> None:
        """Check that no file is a link out of the delivery's folder. Raises Refusal; what it leads to is not read."""
        folder = Path(self.delivery.location).resolve()
        for path in (Path(file.path) for file in self.delivery.files):
            if path.is_symlink() and not path.resolve().is_relative_to(folder):
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
                # a network share that fails may be back tomorrow
                raise NotThereYet(f"{shown(path.name)} cannot be read ({error.strerror})") from error
            self._scans[str(path)] = known
        return known

    def arrived(self, path: Path) -> ArrivedFile:
        """Return a file as the archive keeps it."""
        found = self.scan_path(path)
        return ArrivedFile(path.name, path, found.sha256, found.size)

    def entity_of(self, file_name: str) -> Entity | None:
        """Return the entity that the contract gives a file of this name, or None."""
        return next((entity for entity in self.contract.entities.values() if entity.is_file(file_name)), None)

    def require_date(self, digits: str, file_name: str) -> None:
        """Check that the date in a file's name is its folder's. Raises Refusal."""
        if digits != digits_of(self.delivery.business_date):
            raise Refusal(
                f"is not of {self.delivery.business_date}, the date of its folder",
                file_name=file_name,
                code="disagreement",
            )

    def require_entities(self, found: dict[str, EntityFile], where: str) -> list[EntityFile]:
        """Return the files in the contract's order. Raises Refusal where an entity of the contract has none."""
        for entity in self.contract.entities.values():
            if entity.name not in found:
                name = entity.file_name(self.delivery.business_date)
                raise Refusal(f"is missing: {where} does not list this entity", file_name=name, code="missing_entity")
        return [found[name] for name in self.contract.entities]


def opener(path: Path) -> Callable[[], BinaryIO]:
    """Return a function that opens a file to be read."""
    return lambda: path.open("rb")
