"""Whether the archive holds what ledger and journal say that it must: by names alone, no file is read but the journal.

A backup is of database and archive together, so that it is the warehouse's business that both belong to each other.
What the archive lawfully lacks is told by the ledger's proofs and the journal: files that retention removed from
deliveries that were replaced or withdrawn, and what people had set right of a child who was erased. A refused delivery
has none here, and one that is sent again unchanged is no delivery of the ledger.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse.engine import Warehouse

NEXT_STEP = "Take the archive from the last backup that has it: docs/runbooks/recovery.md, 'The archive is lost'."
_ARCHIVED = text(statement(__name__, "archived_files"))
_RECTIFICATIONS = text("select rectification_id from landing.rectifications")
_PLACE = ("source", "authority_code", "name", "business_date", "content_sha256")


@dataclass(frozen=True)
class Kept:
    """What the archive must hold, and what of it is not there."""

    needed: int
    """Files that ledger and journal need, each content once."""
    lacking: tuple[str, ...] = ()
    """Hashes of those that are not there."""
    deliveries: tuple[int, ...] = ()
    """The deliveries whose they are."""
    unwritten: tuple[int, ...] = ()
    """Deliveries of the ledger of which the journal has no line: a rebuild would leave them out."""
    decisions: int = 0
    """Rectifications whose file is not there."""

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is lacking."""
        return not (self.lacking or self.unwritten or self.decisions)

    def __str__(self) -> str:
        """Return what is lacking, as the end of a sentence about the archive."""
        said = []
        if self.lacking:
            said.append(
                f"{len(self.lacking)} of the {self.needed} files that deliveries need (first {self.lacking[0][:12]} of"
                f" delivery {self.deliveries[0]})"
            )
        if self.unwritten:
            said.append(f"the journal's lines of {len(self.unwritten)} deliveries (first delivery {self.unwritten[0]})")
        if self.decisions:
            said.append(f"the files of {self.decisions} rectifications")
        return " and ".join(said)


def look(warehouse: Warehouse) -> Kept:
    """Compare ledger and journal with what lies in the archive."""
    with warehouse.transaction() as connection:
        rows = connection.execute(_ARCHIVED).mappings().all()
        decisions: set[str] = set(connection.execute(_RECTIFICATIONS).scalars())
    archive = warehouse.settings.archive
    lines = _Lines(archive / "journal.jsonl")
    ledger = {tuple(row[name] for name in _PLACE): row["delivery_id"] for row in rows}
    needed: dict[str, int] = {}
    for row in rows:
        # what retention announced may be gone and have no proof yet: it was cut off, or is at work
        has_expired = row["has_expired"] or (
            row["may_expire"] and (row["delivery_id"], row["sha256"]) in lines.expiring
        )
        if not has_expired:
            needed.setdefault(row["sha256"], row["delivery_id"])
    for place, (delivery_id, files) in lines.landed.items():
        # the ledger may have been brought back to before it landed
        for sha256 in files if place not in ledger else ():
            if (delivery_id, sha256) not in lines.expiring:
                needed.setdefault(sha256, delivery_id)
    there = _stored(archive)
    lacking = [(delivery_id, sha256) for sha256, delivery_id in needed.items() if sha256 not in there]
    return Kept(
        needed=len(needed),
        lacking=tuple(sha256 for _, sha256 in lacking),
        deliveries=tuple(dict.fromkeys(delivery_id for delivery_id, _ in lacking)),
        unwritten=tuple(sorted(number for place, number in ledger.items() if place not in lines.landed)),
        decisions=sum(not (archive / "rectifications" / f"{name}.json").exists() for name in decisions - lines.erased),
    )


def require_whole(warehouse: Warehouse) -> None:
    """Raise CscWarehouseError where the archive lacks something: a backup of it would be none."""
    found = look(warehouse)
    if not found.is_whole:
        raise CscWarehouseError(
            f"No backup was made, and those that are there stay: the archive {warehouse.settings.archive} lacks"
            f" {found}. {NEXT_STEP}"
        )


def _stored(archive: Path) -> set[str]:
    """Return the hashes of the files that lie in the archive, and are not empty as a broken disk leaves them."""
    stored = set()
    objects = archive / "objects"
    for folder in os.scandir(objects) if objects.is_dir() else ():
        for entry in os.scandir(folder) if folder.is_dir() else ():
            if entry.stat().st_size:
                stored.add(entry.name.partition(".")[0])
    return stored


class _Lines:
    """What the journal says of files. A line that cannot be read is told by who rebuilds from it."""

    def __init__(self, path: Path) -> None:
        self.landed: dict[tuple[str, ...], tuple[int, list[str]]] = {}
        """By place and content, the last delivery and its files: an earlier line was cut off before its ledger."""
        self.expiring: set[tuple[int | None, str]] = set()
        self.erased: set[str] = set()
        for line in path.read_bytes().split(b"\n") if path.is_file() else ():
            try:
                record: dict[str, Any] = json.loads(line)
            except ValueError:
                continue
            self._take(record)

    def _take(self, record: dict[str, Any]) -> None:
        if record["event"] == "landed":
            place = tuple(record[name] for name in _PLACE)
            self.landed[place] = (record["delivery_id"], [sha256 for _, sha256, _ in record["files"]])
        elif record["event"] == "expiring":
            self.expiring.update((file["delivery_id"], file["sha256"]) for file in record["files"])
        elif record["event"] == "erasure":
            self.erased.update(record.get("rectifications", ()))
