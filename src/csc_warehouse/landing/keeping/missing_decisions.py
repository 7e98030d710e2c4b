"""Decisions that the archive's journal knows and the database lacks, as after a way back to an earlier moment."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from csc_warehouse.landing.keeping import rectification
from csc_warehouse.landing.lost_database import one_transaction
from csc_warehouse.landing.recording import erased_ids
from csc_warehouse.landing.recording.delivery_status import PLACE, decisions_in_force, place_of
from csc_warehouse.warehouse import Warehouse


def missing(warehouse: Warehouse, records: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return by kind how many decisions of a journal are not in force in the database; kinds without one are left out.

    What was decided and undone, and what was decided again the same, lacks nothing: figures follow it either way.
    """
    with one_transaction(warehouse) as cursor:
        found = {
            "erasures": _erasures(cursor, records),
            "withdrawals": _withdrawals(cursor, records),
            "accepted losses": _accepted_losses(cursor, records),
            "rectifications": _rectifications(cursor, records),
        }
    return {kind: count for kind, count in found.items() if count}


def sentence(found: Mapping[str, int]) -> str:
    """Say by kind how many decisions are missing, and the next step."""
    count = sum(found.values())
    return (
        f"The archive's journal knows {count} {'decision' if count == 1 else 'decisions'} that the database lacks"
        f" ({', '.join(f'{kind}: {number}' for kind, number in found.items())}), as after a way back to an earlier"
        " moment. Next: csc-warehouse rebuild brings them back, then csc-warehouse run."
    )


def _erasures(cursor: psycopg.Cursor, records: Sequence[Mapping[str, Any]]) -> int:
    cursor.execute("select source, authority_code, id_hash from landing.erased_ids")
    known = set(cursor.fetchall())
    # without a decision it is an id that a delivery brought: landing that again brings it again
    decided = (erased_ids.from_journal(dict(r)) for r in records if r["event"] == "erasure" and "erased_by" in r)
    return sum(
        any((each.source, each.authority_code, each.id_hash) not in known for each in erased) for erased in decided
    )


def _withdrawals(cursor: psycopg.Cursor, records: Sequence[Mapping[str, Any]]) -> int:
    place = ", ".join(PLACE)
    cursor.execute(
        f"select distinct on ({place}, content_sha256) source, authority_code, name, business_date::text,"
        f" content_sha256, is_undone, decided_at from landing.withdrawals"
        f" order by {place}, content_sha256, withdrawal_id desc"
    )
    known = {tuple(key): (not is_undone, decided_at) for *key, is_undone, decided_at in cursor.fetchall()}
    latest = {(*place_of(record), record["content_sha256"]): record for record in decisions_in_force(records)}
    lacking = 0
    for key, record in latest.items():
        is_withdrawn, decided_at = known.get(key, (False, None))
        # what the database decided later stands there alone where the archive is the one that went back
        is_later = decided_at is None or datetime.datetime.fromisoformat(record["decided_at"]) > decided_at
        lacking += is_later and is_withdrawn == record["is_undone"]
    return lacking


def _accepted_losses(cursor: psycopg.Cursor, records: Sequence[Mapping[str, Any]]) -> int:
    cursor.execute("select source, authority_code, name, business_date::text from landing.overrides")
    known = set(cursor.fetchall())
    names = ("source", "authority_code", "name", "business_date")
    decided = {tuple(record.get(name) for name in names) for record in records if record["event"] == "override"}
    return len(decided - known)


def _rectifications(cursor: psycopg.Cursor, records: Sequence[Mapping[str, Any]]) -> int:
    cursor.execute("select rectification_id, undone_at is not null from landing.rectifications")
    known: dict[str, bool] = dict(cursor.fetchall())
    erased = {name for r in records if r["event"] == "erasure" for name in r.get("rectifications", ())}
    made = {r["rectification_id"] for r in records if r["event"] == rectification.EVENT} - erased
    undone = {r["rectification_id"] for r in records if r["event"] == rectification.UNDONE}
    return sum(known.get(name, True) != (name in undone) for name in made)
