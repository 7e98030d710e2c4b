"""One attempt at landing one delivery, and the journal's lines about it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from csc_warehouse.landing.verifying.verified import ArrivedFile
from csc_warehouse.sources.delivery import Delivery


@dataclass(frozen=True)
class Attempt:
    """One attempt, before its outcome is known."""

    delivery: Delivery
    delivery_id: int
    content_sha256: str
    contract_sha256: str
    received_at: datetime.datetime
    landed_at: datetime.datetime
    overrides: int
    """How many decisions of operators about this delivery were in force."""

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
        """Return the journal's line for a refused delivery; kept: name and hash of the files kept for inspection."""
        found = {"kind": kind, "reason": sentence, "reason_code": code, "overrides": self.overrides, "files": kept}
        return {**self._record("refused"), **found}

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
