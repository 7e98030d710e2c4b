"""Removing from the archive the files of deliveries past retention, each with a proof; never those of row history.

The order: the journal gets the files that are to go, the files are removed, the journal gets those that went, and the
ledger their proofs. The next run mends a kill between any two of these: a file that was announced and is gone gets its
proof, one that is still there is due again.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.landing.keeping.rebuild import final_landings
from csc_warehouse.landing.keeping.retention_proofs import ANNOUNCED, REMOVED, snapshots, take_snapshot, write_proofs
from csc_warehouse.landing.lost_database import database_needed, one_transaction
from csc_warehouse.landing.recording import ledger
from csc_warehouse.landing.recording.archive import CHUNK, Archive
from csc_warehouse.landing.recording.delivery_status import STANDS, DeliveryStatus, decisions_in_force, place_of
from csc_warehouse.landing.recording.journal import Journal
from csc_warehouse.warehouse import Warehouse

_A_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Leaving:
    """One file of one delivery that is past its retention."""

    holding: str
    """refused, superseded, withdrawn or backup."""
    delivery_id: int | None
    file_name: str
    sha256: str
    size_bytes: int
    rule: str
    stored: str
    """Its path below the archive's folder; of a backup, its whole path."""


@dataclass
class RetentionSummary:
    """What was removed, or would be."""

    files: list[Leaving] = field(default_factory=list)
    healed: int = 0
    """Proofs that an earlier run, which was cut off, had not written."""
    is_postponed: bool = False
    """Deliveries were being landed: nothing was removed."""

    @property
    def deliveries(self) -> int:
        """Return how many superseded or withdrawn deliveries have lost their files."""
        return len({file.delivery_id for file in self.files if file.holding in ("superseded", "withdrawn")})

    def __str__(self) -> str:
        """Return the files of deliveries as part of a sentence."""
        refused = sum(file.holding == "refused" for file in self.files)
        return f"{refused} files of refused deliveries and the files of {self.deliveries} superseded or withdrawn ones"


def expire(warehouse: Warehouse, *, by: str) -> RetentionSummary:
    """Remove from the archive what the configuration no longer keeps, with a proof for each file.

    Accepted deliveries stay: row history is made of them. While deliveries are being landed nothing is removed, and the
    summary says so.
    """
    if not by.strip():
        raise UsageError("Who removes deliveries is recorded: give --by.")
    with one_transaction(warehouse) as cursor:
        if not ledger.hold_archive(cursor):
            return RetentionSummary(is_postponed=True)
        return _Retention(warehouse, cursor).run(by.strip())


def expire_backups(warehouse: Warehouse, backups: Sequence[Path], *, rule: str, by: str) -> RetentionSummary:
    """Remove backups that are kept no longer, with a proof for each, in the order and with the healing of all others.

    rule: the key of the configuration and its value, as the proof says it.
    """
    if not backups:
        return RetentionSummary()
    # hashed before the archive is held: a backup may have many gigabytes, and nobody can land meanwhile
    files = [
        Leaving("backup", None, path.name, _digest(path), path.stat().st_size, rule, str(path.resolve()))
        for path in backups
    ]
    with one_transaction(warehouse) as cursor:
        if not ledger.hold_archive(cursor):
            return RetentionSummary(is_postponed=True)
        return _Retention(warehouse, cursor).remove_backups(files, by)


def due(warehouse: Warehouse) -> RetentionSummary:
    """Return what would be removed now."""
    with database_needed(), warehouse.raw_connection() as connection, connection.cursor() as cursor:
        return RetentionSummary(_Retention(warehouse, cursor).find().files)


@dataclass
class _Found:
    files: list[Leaving]
    deliveries: list[int]
    """Superseded or withdrawn deliveries that lose files for the first time."""
    gone: set[int]
    """Those, and all that have lost files before."""


class _Retention:
    def __init__(self, warehouse: Warehouse, cursor: psycopg.Cursor) -> None:
        self._limits = warehouse.settings.config.landing
        self._archive = Archive(warehouse.settings.archive)
        self._journal = Journal(warehouse.settings.archive)
        self._records = self._journal.read()
        self._cursor = cursor
        cursor.execute("select now()")
        self._now: datetime.datetime = cursor.fetchall()[0][0]

    def run(self, by: str) -> RetentionSummary:
        self._heal()
        healed = write_proofs(self._cursor, self._records)
        self._archive.forget_unfinished((self._now - _A_DAY).timestamp())
        found = self.find()
        self._remove(found, by, f"file of the archive {self._archive.root}")
        self._blank_texts(found.gone)
        return RetentionSummary(found.files, healed)

    def remove_backups(self, files: list[Leaving], by: str) -> RetentionSummary:
        self._heal()
        healed = write_proofs(self._cursor, self._records)
        self._remove(_Found(files, [], set()), by, f"backup in {Path(files[0].stored).parent}")
        return RetentionSummary(files, healed)

    def _remove(self, found: _Found, by: str, what: str) -> None:
        if not found.files:
            return
        record = self._announce(found, by)
        try:
            for stored in dict.fromkeys(file.stored for file in found.files):
                self._archive.remove(stored)
        except OSError as error:
            raise CscWarehouseError(
                f"A {what} cannot be removed ({error.strerror}): correct its owner or mode and run the command again; "
                "what was removed gets its proof then."
            ) from error
        self._confirm(record)
        write_proofs(self._cursor, self._records)

    def find(self) -> _Found:
        """Return what is past its retention and still there."""
        announced = set(snapshots(self._records))
        days = self._limits.keep_superseded_days
        if days is None:
            return _Found(self._refused(), [], announced)
        landings = final_landings(self._records)
        late = self._out_of_use_before(landings, self._now - days * _A_DAY)
        # a delivery that was announced and kept its files may stand again by now
        gone = (announced | late) - {record["delivery_id"] for record, status in landings if status == STANDS}
        needed = {
            sha256 for record, _ in landings if record["delivery_id"] not in gone for _, sha256, _ in record["files"]
        }
        files = []
        for record, status in landings:
            for name, sha256, size in record["files"] if record["delivery_id"] in gone else ():
                path = self._archive.find(sha256)
                if sha256 not in needed and path is not None:
                    rule = f"landing.keep_superseded_days = {days}"
                    stored = str(path.relative_to(self._archive.root))
                    files.append(Leaving(status.status, record["delivery_id"], name, sha256, size, rule, stored))
        losing = {file.delivery_id for file in files if file.delivery_id is not None}
        return _Found([*files, *self._refused()], sorted(losing - announced), announced | losing)

    def _out_of_use_before(
        self, landings: list[tuple[dict[str, Any], DeliveryStatus]], moment: datetime.datetime
    ) -> set[int]:
        """Return the deliveries that were replaced or withdrawn before a moment, as far as the ledger has them too."""
        landed_at = {record["delivery_id"]: record["landed_at"] for record, _ in landings}
        decided_at = {
            (*place_of(record), record["content_sha256"]): record["decided_at"]
            for record in decisions_in_force(self._records)
        }
        late = []
        for record, status in landings:
            if status.status == "withdrawn":
                since = decided_at[(*place_of(record), record["content_sha256"])]
            elif status.successor is not None:
                since = landed_at[status.successor]
            else:
                continue
            if datetime.datetime.fromisoformat(since) < moment:
                late.append(record["delivery_id"])
        self._cursor.execute(
            "select delivery_id from landing.deliveries where delivery_id = any(%s)"
            " and status in ('superseded', 'withdrawn')",
            [late],
        )
        return {row[0] for row in self._cursor.fetchall()}

    def _refused(self) -> list[Leaving]:
        days = self._limits.keep_refused_days
        owners: dict[tuple[str, str], set[int]] = {}
        for record in self._records:
            if record["event"] == "refused":
                for name, sha256 in record.get("files", ()):
                    owners.setdefault((name, sha256), set()).add(record["delivery_id"])
        found = []
        for path in self._archive.refused_before((self._now - days * _A_DAY).timestamp()):
            name, sha256 = path.name.partition("-")[2], _digest(path)
            known: list[int | None] = [*sorted(owners.get((name, sha256), ()))]
            for delivery_id in known or [None]:
                rule = f"landing.keep_refused_days = {days}"
                stored = str(path.relative_to(self._archive.root))
                found.append(Leaving("refused", delivery_id, name, sha256, path.stat().st_size, rule, stored))
        return found

    def _announce(self, found: _Found, by: str) -> dict[str, Any]:
        kept = {str(delivery_id): take_snapshot(self._cursor, delivery_id) for delivery_id in found.deliveries}
        record = {
            "event": ANNOUNCED,
            "expiry_id": secrets.token_hex(8),
            "removed_by": by,
            "announced_at": self._now.isoformat(),
            "files": [vars(file) for file in found.files],
            "ledger": kept,
        }
        self._journal.append(record)
        return record

    def _confirm(self, announced: dict[str, Any]) -> None:
        """Write to the journal which files of an announcement are gone."""
        gone = [file for file in announced["files"] if self._is_gone(file)]
        record = {
            "event": REMOVED,
            "expiry_id": announced["expiry_id"],
            "removed_by": announced["removed_by"],
            "removed_at": self._now.isoformat(),
            "files": gone,
        }
        self._journal.append(record)
        self._records.append(record)

    def _is_gone(self, file: dict[str, Any]) -> bool:
        path = self._archive.root / file["stored"]
        # a missing folder may be a disk that is not mounted: nothing is known of its files
        return not path.exists() and (file["holding"] != "backup" or path.parent.exists())

    def _heal(self) -> None:
        """Finish what an earlier run announced; a file that is still there is due again, or was sent anew."""
        confirmed = {record["expiry_id"] for record in self._records if record["event"] == REMOVED}
        for record in list(self._records):
            if record["event"] == ANNOUNCED and record["expiry_id"] not in confirmed:
                self._confirm(record)

    def _blank_texts(self, delivery_ids: set[int]) -> None:
        """Remove the texts of unreadable rows too; number and reason stay, as the row accounts need them."""
        self._cursor.execute(
            "update landing.quarantine set raw_record = null where delivery_id = any(%s) and raw_record is not null",
            [sorted(delivery_ids)],
        )


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
