"""An operator's decision to accept the loss of rows in one delivery: recorded with a name, then carried out."""

from __future__ import annotations

import datetime
from typing import Any

import psycopg

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.contracts.protocols import LooseFilesProtocol
from csc_warehouse.errors import UsageError, offer
from csc_warehouse.landing.lost_database import one_transaction
from csc_warehouse.landing.recording.journal import Journal
from csc_warehouse.warehouse import Warehouse


def accept_loss(
    warehouse: Warehouse,
    *,
    source: str,
    business_date: datetime.date,
    by: str,
    reason: str,
    authority_code: str | None = None,
    name: str | None = None,
) -> int:
    """Record that rows missing from the fulls of a source and business date were truly purged; return the record's id.

    The refused delivery is tried again at the next landing. Of a source of returns name is the kind whose return of
    that business date is as it should be: its caveats end with the next build (deliveries.md section 9). Without an
    authority it holds for all of them. Raises UsageError where the source is not in use, a kind of return is not named
    or none of the source's, or by or reason is blank.
    """
    if source not in warehouse.settings.config.sources:
        raise UsageError(f"{source} is no source in use: {offer(source, warehouse.settings.config.sources)}")
    _require_kind(load_contracts((source,))[source], name)
    if not by.strip() or not reason.strip():
        raise UsageError("A loss is accepted by a named person for a stated reason: give both --by and --reason.")
    record: dict[str, Any] = {
        "event": "override",
        "source": source,
        "authority_code": authority_code,
        "name": name,
        "business_date": business_date.isoformat(),
        "decided_by": by.strip(),
        "reason": reason.strip(),
    }
    with one_transaction(warehouse) as cursor:
        cursor.execute("select now()")
        record["decided_at"] = cursor.fetchall()[0][0].isoformat()
        override_id = insert_override(cursor, record)
        Journal(warehouse.settings.archive).append(record)
    return override_id


def _require_kind(contract: SourceContract, name: str | None) -> None:
    kinds = list(contract.entities) if isinstance(contract.protocol, LooseFilesProtocol) else []
    if kinds and name not in kinds:
        raise UsageError(
            f"Of {contract.source} one kind of return is accepted: give --return, one of {', '.join(kinds)}."
        )
    if not kinds and name is not None:
        raise UsageError(f"{contract.source} delivers everything of a day at once: leave --return out.")


def insert_override(cursor: psycopg.Cursor, record: dict[str, Any]) -> int:
    """Write a decision from its journal line; return its id."""
    cursor.execute(
        "insert into landing.overrides (source, authority_code, name, business_date, decided_by, reason, decided_at)"
        " values (%s, %s, %s, %s, %s, %s, %s) returning override_id",
        [
            record["source"],
            record["authority_code"],
            # older journals have no name: losses of returns could not be accepted then
            record.get("name"),
            record["business_date"],
            record["decided_by"],
            record["reason"],
            record["decided_at"],
        ],
    )
    return int(cursor.fetchall()[0][0])
