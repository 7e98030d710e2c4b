"""What the database knows and the archive's journal lacks, as where the archive was taken from an earlier backup.

A rebuild empties landing and fills it from the journal: what only the database knows would be gone without a word.
Decisions are written into the journal first. Files of deliveries cannot be had from the database.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.landing.keeping import rectification
from csc_warehouse.landing.recording import erased_ids
from csc_warehouse.landing.recording.delivery_status import EVENT, PLACE, decisions_in_force, place_of
from csc_warehouse.landing.recording.journal import Journal
from csc_warehouse.privacy import pseudonyms
from csc_warehouse.settings import Settings

_WITHDRAWAL = ("delivery_id", *PLACE, "content_sha256", "is_undone", "decided_by", "reason", "decided_at")
_OVERRIDE = ("source", "authority_code", "name", "business_date", "decided_by", "reason", "decided_at")
_UNDOING = ("undone_by", "undo_reason", "undone_at")

Records = Sequence[Mapping[str, Any]]


def require_archived(cursor: psycopg.Cursor, records: Records) -> None:
    """Raise CscWarehouseError where the ledger has accepted deliveries of which a journal has no line."""
    landed = {(*place_of(r), r["content_sha256"]) for r in records if r["event"] == "landed"}
    cursor.execute(
        f"select delivery_id, {', '.join(PLACE)}, content_sha256 from landing.deliveries"
        " where status <> 'refused' order by delivery_id"
    )
    lacking = [row for row in _rows(cursor) if tuple(row[n] for n in (*PLACE, "content_sha256")) not in landed]
    if lacking:
        first = lacking[0]
        many = "delivery" if len(lacking) == 1 else "deliveries"
        raise CscWarehouseError(
            f"The database has {len(lacking)} {many} that the archive's journal lacks (first {first['delivery_id']},"
            f" {first['source']} of {first['business_date']}): rebuilt from this archive they would be lost. Take the"
            " archive from a newer backup. Where none has them, put their exports back where they are landed from, then"
            " csc-warehouse rebuild --leave-out-unarchived, and run, which lands them again. Nothing was changed."
        )


def keep_decisions(cursor: psycopg.Cursor, settings: Settings, records: Records) -> int:
    """Write to the journal the decisions of the database that it lacks; return how many lines those were.

    Explanations and signatures are not among them: no rebuild removes them, and the upkeep writes them each evening.
    """
    found = [
        *_erasures(cursor, settings, records),
        *_withdrawals(cursor, records),
        *_accepted_losses(cursor, records),
        *_rectifications(cursor, settings.archive, records),
    ]
    journal = Journal(settings.archive)
    for record in found:
        journal.append(record)
    for record in found:
        rectification.remove_files(settings.archive, record.get("rectifications", ()))
    return len(found)


def _erasures(cursor: psycopg.Cursor, settings: Settings, records: Records) -> list[dict[str, Any]]:
    journalled = [dict(record) for record in records if record["event"] == "erasure"]
    known = {(e.source, e.authority_code, e.id_hash) for record in journalled for e in erased_ids.from_journal(record)}
    decided = {record["erasure_id"] for record in journalled if "erased_by" in record}
    cursor.execute(
        "select source, authority_code, id_hash, key_fingerprint, is_followed, erasure_id from landing.erased_ids"
        " order by erased_at, erasure_id, source, id_hash"
    )
    lacking: dict[str, list[erased_ids.ErasedId]] = {}
    for row in cursor.fetchall():
        erased = erased_ids.ErasedId(*row)
        if (erased.source, erased.authority_code, erased.id_hash) not in known:
            lacking.setdefault(erased.erasure_id, []).append(erased)
    made = []
    for erasure_id, ids in lacking.items():
        decision = {} if erasure_id in decided else _decision_of(cursor, erasure_id)
        # the older archive still holds what people had set right of the child
        if names := _rectified(settings, records, ids):
            decision["rectifications"] = names
        made.append(erased_ids.journal_record(erasure_id, ids[0].authority_code, ids, **decision))
    return made


def _decision_of(cursor: psycopg.Cursor, erasure_id: str) -> dict[str, Any]:
    cursor.execute("select erased_by, reason, erased_at from landing.erasures where erasure_id = %s", [erasure_id])
    decided = _rows(cursor)
    cursor.execute(
        "select relation, sum(rows_removed)::bigint from landing.erasure_proofs where erasure_id = %s group by 1",
        [erasure_id],
    )
    return {**decided[0], "removed": dict(cursor.fetchall())} if decided else {}


def _rectified(settings: Settings, records: Records, erased: Sequence[erased_ids.ErasedId]) -> list[str]:
    """Return the journal's rectifications of rows that named the erased child."""
    keys = {pseudonyms.fingerprint(key): key for key in pseudonyms.load_keys(settings)}
    found = []
    for record in records:
        path = settings.archive / rectification.FOLDER / f"{record.get('rectification_id')}.json"
        if record["event"] != rectification.EVENT or not path.exists():
            continue
        place = (record["source"], record["authority_code"])
        hashes = {
            erased_ids.id_hash(keys[e.key_fingerprint], *place, person)
            for e in erased
            if (e.source, e.authority_code) == place and e.key_fingerprint in keys
            for person in json.loads(path.read_bytes())["people"]
        }
        if hashes & {e.id_hash for e in erased}:
            found.append(record["rectification_id"])
    return found


def _withdrawals(cursor: psycopg.Cursor, records: Records) -> list[dict[str, Any]]:
    latest: dict[tuple[str, ...], datetime.datetime] = {}
    for record in decisions_in_force(records):
        latest[*place_of(record), record["content_sha256"]] = datetime.datetime.fromisoformat(record["decided_at"])
    cursor.execute(f"select {', '.join(_WITHDRAWAL)} from landing.withdrawals order by withdrawal_id")
    made = []
    for row in _rows(cursor):
        before = latest.get((*place_of(row), row["content_sha256"]))
        # of one content the last line holds: an older decision must not come after a newer one
        if before is None or datetime.datetime.fromisoformat(row["decided_at"]) > before:
            made.append({"event": EVENT, **row})
    return made


def _accepted_losses(cursor: psycopg.Cursor, records: Records) -> list[dict[str, Any]]:
    same = _OVERRIDE[:-1]
    known = {tuple(record.get(name) for name in same) for record in records if record["event"] == "override"}
    cursor.execute(f"select {', '.join(_OVERRIDE)} from landing.overrides order by override_id")
    return [{"event": "override", **row} for row in _rows(cursor) if tuple(row[name] for name in same) not in known]


def _rectifications(cursor: psycopg.Cursor, archive: Path, records: Records) -> list[dict[str, Any]]:
    """Write the values of rectifications that the journal lacks to the archive, and return its lines of them."""
    known = {(record["event"], record.get("rectification_id")) for record in records}
    cursor.execute(f"select {', '.join((*rectification.COLUMNS, *_UNDOING))} from landing.rectifications")
    made = []
    for row in sorted(_rows(cursor), key=lambda row: (row["decided_at"], row["rectification_id"])):
        name = row["rectification_id"]
        undoing = {each: row.pop(each) for each in _UNDOING}
        if (rectification.EVENT, name) not in known:
            made.append(rectification.keep_values(archive, row))
        if undoing["undone_at"] is not None and (rectification.UNDONE, name) not in known:
            made.append({"event": rectification.UNDONE, "rectification_id": name, **undoing})
    return made


def _rows(cursor: psycopg.Cursor) -> list[dict[str, Any]]:
    """Return the rows read as the journal writes them, days and moments as texts."""
    names = [column.name for column in cursor.description or ()]
    return [
        {
            name: value.isoformat() if isinstance(value, datetime.date) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in cursor.fetchall()
    ]
