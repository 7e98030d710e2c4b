"""What a manifest lists against what is there, and what it says of the whole (deliveries.md sections 3 and 8)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from csc_warehouse.contracts.model import Entity
from csc_warehouse.errors import shown
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.control_file import require_plain_name
from csc_warehouse.landing.verifying.delivery_files import DeliveryFiles
from csc_warehouse.landing.verifying.verified import ignored_files_notices
from csc_warehouse.sources.delivery import Delivery


@dataclass(frozen=True)
class Listed:
    """A file that a manifest lists for an entity, under the name that it has."""

    entity: Entity
    name: str
    rows: int
    sha256: str


@dataclass
class Listing:
    """What a manifest lists, and what it does not."""

    files: list[Listed] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def require_agreement(manifest: dict[str, Any], delivery: Delivery, file_name: str) -> None:
    """Check that a manifest is of the delivery's source, authority and date. Raises Refusal."""
    for what, stated, agreed in (
        ("source", manifest["source"], delivery.source),
        ("authority", manifest["authority"], delivery.authority_code),
        ("date", _date(manifest["business_date"]), delivery.business_date),
    ):
        if stated != agreed:
            reason = f"has a manifest of another {what} than {agreed}"
            raise Refusal(reason, file_name=file_name, code="disagreement")


def listing(manifest: dict[str, Any], there: Iterable[str], files: DeliveryFiles, manifest_name: str) -> Listing:
    """Return the files that a manifest lists for entities; there: the names of all that came with it.

    Names are compared without regard to case. Raises Refusal where one cannot be used, is listed twice, or is absent.
    """
    present = {name.lower(): name for name in there}
    found = Listing()
    listed: set[str] = set()
    unknown: list[str] = []
    for entry in manifest["files"]:
        name = entry["name"]
        require_plain_name(name, manifest_name)
        if name.lower() in listed:
            raise Refusal(f"lists {shown(name)} twice", file_name=manifest_name, code="bad_manifest")
        listed.add(name.lower())
        if name.lower() not in present:
            raise Refusal("is listed in the manifest but absent", file_name=name, code="absent_file")
        entity = files.entity_of(name)
        if entity is None:
            unknown.append(name)
        else:
            found.files.append(Listed(entity, present[name.lower()], entry["rows"], entry["sha256"].strip().lower()))
    stray = [name for name in present.values() if name.lower() not in listed and name != manifest_name]
    found.notices.extend(ignored_files_notices(unknown, "listed but no such entity was agreed"))
    found.notices.extend(ignored_files_notices(stray, "not listed in the manifest"))
    return found


def other_hash(file_name: str) -> Refusal:
    """Return why a file is refused whose bytes are not those that its manifest states."""
    return Refusal("has another sha256 than the manifest states", file_name=file_name, code="file_hash")


def _date(text: object) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
