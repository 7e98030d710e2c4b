"""One try at one delivery: what the ledger and the journal keep of it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import psycopg

from csc_warehouse.landing.judging import guards
from csc_warehouse.landing.recording import ledger
from csc_warehouse.landing.unforeseen_errors import digest_of_this_version
from csc_warehouse.landing.verifying.delivery_files import ArrivedFile
from csc_warehouse.settings import LandingConfig
from csc_warehouse.sources.delivery import Delivery


@dataclass(frozen=True)
class Attempt:
    """One try, before it is known how it ends."""

    delivery: Delivery
    delivery_id: int
    content_sha256: str
    contract_sha256: str
    received_at: datetime.datetime
    landed_at: datetime.datetime
    overrides: int
    """Operators' decisions that were in force."""

    def _record(self, event: str) -> dict[str, Any]:
        return {
            "event": event,
            "delivery_id": self.delivery_id,
            "source": self.delivery.source,
            "authority_code": self.delivery.authority_code,
            "name": self.delivery.name,
            "business_date": self.delivery.business_date.isoformat(),
            "content_sha256": self.content_sha256,
            "contract_sha256": self.contract_sha256,
            "received_at": self.received_at.isoformat(),
            "landed_at": self.landed_at.isoformat(),
        }

    def landed_record(self, kind: str, files: list[ArrivedFile], notices: list[str]) -> dict[str, Any]:
        """Return the journal's line for an accepted delivery: enough to land it again from the archive."""
        listed = [[file.name, file.sha256, file.size] for file in files]
        return {**self._record("landed"), "kind": kind, "files": listed, "notices": notices}

    def refused_record(self, kind: str, sentence: str, code: str, kept: list[tuple[str, str]]) -> dict[str, Any]:
        """Return the journal's line for a refused delivery; kept: name and hash of the files that are kept apart."""
        told = {"kind": kind, "reason": sentence, "reason_code": code, "overrides": self.overrides, "files": kept}
        return {**self._record("refused"), **told}

    @classmethod
    def from_record(cls, record: dict[str, Any], location: str = "") -> Attempt:
        """Build it again from a line of the journal."""
        return cls(
            delivery=Delivery(
                record["source"],
                record["authority_code"],
                record["name"],
                datetime.date.fromisoformat(record["business_date"]),
                location,
                (),
            ),
            delivery_id=record["delivery_id"],
            content_sha256=record["content_sha256"],
            contract_sha256=record["contract_sha256"],
            received_at=datetime.datetime.fromisoformat(record["received_at"]),
            landed_at=datetime.datetime.fromisoformat(record["landed_at"]),
            overrides=record.get("overrides", 0),
        )


def begin(cursor: psycopg.Cursor, delivery: Delivery, *, content_sha256: str, contract_sha256: str) -> Attempt:
    """Start a try within a transaction: a new id, and the database's own time as a technical stamp."""
    cursor.execute("select nextval(pg_get_serial_sequence('landing.deliveries', 'delivery_id')), now()")
    delivery_id, landed_at = cursor.fetchall()[0]
    latest = max((file.modified_ns for file in delivery.files), default=0)
    written_at = datetime.datetime.fromtimestamp(latest / 1e9, tz=datetime.UTC) if latest else landed_at
    return Attempt(
        delivery=delivery,
        delivery_id=delivery_id,
        content_sha256=content_sha256,
        contract_sha256=contract_sha256,
        # a file's own time may be anything; nothing is received after it was judged
        received_at=min(delivery.received_at or written_at, landed_at),
        landed_at=landed_at,
        overrides=ledger.override_count(cursor, delivery),
    )


def judged_before(
    cursor: psycopg.Cursor, delivery: Delivery, content: str, contract: str, limits: LandingConfig
) -> int | None:
    """Return the id of the delivery that was landed or refused with this very content, or None where it is to be tried.

    A refused one is tried again once its contract has changed, an operator has accepted its loss, or its date has come.
    One that was withdrawn stays so until that is undone (deliveries.md section 9, Dates).
    """
    # the latest try with this content decides: a superseded one that is sent again is the latest word again
    for entry in reversed(ledger.tries(cursor, delivery)):
        if entry.content_sha256 != content:
            continue
        is_settled = entry.status in ("accepted", "withdrawn") or (
            entry.status == "refused" and _still_refused(cursor, delivery, entry.delivery_id, contract, limits)
        )
        return entry.delivery_id if is_settled else None
    return None


def _still_refused(
    cursor: psycopg.Cursor, delivery: Delivery, delivery_id: int, contract: str, limits: LandingConfig
) -> bool:
    cursor.execute(
        "select contract_sha256, override_count, reason_code from landing.refusals where delivery_id = %s",
        [delivery_id],
    )
    row = cursor.fetchone()
    if row is None:
        return False
    if row[2] == "business_date" and guards.is_believable(delivery.business_date, limits):
        return False
    judged_under = (contract, digest_of_this_version(contract))
    return row[0] in judged_under and row[1] == ledger.override_count(cursor, delivery)
