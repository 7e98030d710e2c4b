"""Can a delivery be trusted? All checks on its files before a row is read (deliveries.md sections 6 and 7).

What is checked depends on the form in which a source delivers: its contract's protocol.
"""

from __future__ import annotations

import hashlib
from typing import Protocol

from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.contracts.protocols import ControlFileProtocol, ManifestFolderProtocol, ManifestZipProtocol
from csc_warehouse.landing.verifying.control_file_delivery import ControlFileDelivery
from csc_warehouse.landing.verifying.delivery_files import DeliveryFiles
from csc_warehouse.landing.verifying.folder_delivery import FolderDelivery
from csc_warehouse.landing.verifying.return_delivery import ReturnDelivery
from csc_warehouse.landing.verifying.verified import Verified
from csc_warehouse.landing.verifying.zip_delivery import ZipDelivery
from csc_warehouse.settings import LandingConfig
from csc_warehouse.sources.delivery import Delivery


class DeliveryForm(Protocol):
    """One form in which sources deliver."""

    @property
    def kind(self) -> str:
        """Return full, delta or return; unknown where only a manifest says, and it was not read yet."""

    def content_parts(self) -> list[tuple[str, str]]:
        """Return names and hashes of what makes up the content, in any order.

        Raises NotThereYet where a file has gone, Refusal where one may not be read.
        """

    def verify(self) -> Verified:
        """Return the verified delivery. Raises Refusal with the first reason not to trust it, NotThereYet the same."""


class Verifier:
    """Verifies one delivery; keeps what it hashed, so that nothing is read twice for that."""

    def __init__(self, delivery: Delivery, contract: SourceContract, limits: LandingConfig) -> None:
        """Take the delivery, its source's contract and the limits of trust."""
        self.delivery = delivery
        self._files = DeliveryFiles(delivery, contract, limits)
        self._form = _form(self._files)

    @property
    def kind(self) -> str:
        """Return full, delta or return; unknown where only a manifest says, and it was not read yet."""
        return self._form.kind

    def content_sha256(self) -> str:
        """Return the identity of the delivery's content: the same names and bytes, the same digest.

        Raises NotThereYet where a file has gone, Refusal where one may not be read or is a link out of the folder.
        """
        self._files.require_inside()
        return hashlib.sha256(repr(sorted(self._form.content_parts())).encode()).hexdigest()

    def verify(self) -> Verified:
        """Return the verified delivery.

        Raises Refusal with the first reason not to trust it, NotThereYet where a file has gone while it was read.
        """
        self._files.require_inside()
        verified = self._form.verify()
        verified.notices.extend(self.delivery.notices)
        return verified


def _form(files: DeliveryFiles) -> DeliveryForm:
    protocol = files.contract.protocol
    if isinstance(protocol, ControlFileProtocol):
        return ControlFileDelivery(files, protocol)
    if isinstance(protocol, ManifestZipProtocol):
        return ZipDelivery(files, protocol)
    if isinstance(protocol, ManifestFolderProtocol):
        return FolderDelivery(files, protocol)
    return ReturnDelivery(files)
