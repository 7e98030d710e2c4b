"""A named person's decision that a value which a source sent about a child is wrong, and what is right.

Row history stays as it was sent: staging says what is right, until the source says the same. The values lie in a file
of the archive beside the deliveries; the journal has the decision without them: who, when, why, which table and column.
A kill between the two leaves nothing decided; one after them is finished by the next decision, or by a rebuild.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from csc_warehouse.contracts import canonical, load_contracts
from csc_warehouse.contracts.agreed_codes import agreed_codes, codes_in_words
from csc_warehouse.contracts.model import Column, Entity, SourceContract
from csc_warehouse.errors import CscWarehouseError, UsageError, listed, offer
from csc_warehouse.landing.history import tables
from csc_warehouse.landing.history.person_removal import canonical_sql
from csc_warehouse.landing.lost_database import database_needed, one_transaction
from csc_warehouse.landing.recording import ledger
from csc_warehouse.landing.recording.archive import space_needed
from csc_warehouse.landing.recording.journal import Journal
from csc_warehouse.warehouse import Warehouse

EVENT, UNDONE = "rectification", "rectification_undone"
FOLDER = "rectifications"
"""Folder of the archive with the values, a file per decision that only its owner may read."""
_PLACE = ("source", "entity", "authority_code", "row_key", "column_name")
_SECRET = ("row_key", "said_value", "right_value", "people")
"""What stands in the file alone."""
COLUMNS = (
    "rectification_id", *_PLACE, "said_value", "right_value", "said_on_date", "people", "decided_by", "reason",
    "decided_at",
)  # fmt: skip


@dataclass(frozen=True)
class RectificationSummary:
    """What was decided, without a value."""

    rectification_id: str
    what: str
    is_undone: bool = False
    is_changed: bool = True

    def __str__(self) -> str:
        """Return it as a sentence."""
        name = f"Rectification {self.rectification_id} of {self.what}"
        if not self.is_changed:
            return f"{name} was decided before: nothing was changed."
        if self.is_undone:
            return f"{name} is undone: from the next build on the figures follow what the source says."
        return f"{name} is recorded: from the next build on the figures follow it, until the source says the same."


def rectify(
    warehouse: Warehouse,
    *,
    source: str,
    entity: str,
    record: str,
    column: str,
    value: str,
    by: str,
    reason: str,
    authority_code: str,
) -> RectificationSummary:
    """Record what is right in one column of one row that tells of a child; the next build counts it.

    record: the row's key as the source has it, its parts joined by | where it has several. value: as the source would
    send it; blank: there is none. Raises UsageError where there is no such row, column or value, where the column says
    whom a row is about (only the source can set that right), or where the row says so already.
    """
    _require_person(by, reason)
    contract, table = _entity(warehouse, source, entity)
    found = _column(contract, table, column)
    with database_needed():
        tables.sync(warehouse)
        with one_transaction(warehouse) as cursor:
            ledger.lock(cursor, source, authority_code)
            _finish_broken_off(cursor, warehouse.settings.archive)
            row = _standing(cursor, contract, table, authority_code, record)
            _require_value(contract, found, value, row["as_at"])
            read = canonical.canonical_function(found, contract.text)
            place = (source, entity, authority_code, row["row_key"], column)
            known = _in_force(cursor, place)
            if known is not None:
                return _decided_before(known, f"{source} {entity}.{column}", value, read)
            if read(row[column]) == read(value):
                raise UsageError(f"The row says so already: {source} {entity}.{column} needs no rectification.")
            cursor.execute("select now()")
            decision = {
                "rectification_id": secrets.token_hex(8),
                **dict(zip(_PLACE, place, strict=True)),
                "said_value": row[column],
                "right_value": value,
                "said_on_date": row["as_at"].isoformat(),
                "people": _people(contract, table, row),
                "decided_by": by.strip(),
                "reason": reason.strip(),
                "decided_at": cursor.fetchall()[0][0].isoformat(),
            }
            _insert(cursor, decision)
            # before the commit: a rebuild would lose what the journal lacks
            Journal(warehouse.settings.archive).append(keep_values(warehouse.settings.archive, decision))
    return RectificationSummary(str(decision["rectification_id"]), f"{source} {entity}.{column}")


def undo_rectification(warehouse: Warehouse, rectification_id: str, *, by: str, reason: str) -> RectificationSummary:
    """Take a rectification back; the next build follows the source again. Raises UsageError where there is none."""
    _require_person(by, reason)
    with one_transaction(warehouse) as cursor:
        _finish_broken_off(cursor, warehouse.settings.archive)
        cursor.execute(
            "select source, entity, column_name, undone_at from landing.rectifications where rectification_id = %s"
            " for update",
            [rectification_id],
        )
        row = cursor.fetchone()
        if row is None:
            raise UsageError(
                f"There is no rectification {rectification_id}: csc-warehouse subject rectified lists them."
            )
        source, entity, column, undone_at = row
        what = f"{source} {entity}.{column}"
        if undone_at is not None:
            return RectificationSummary(rectification_id, what, is_undone=True, is_changed=False)
        cursor.execute("select now()")
        record = {
            "event": UNDONE,
            "rectification_id": rectification_id,
            "undone_by": by.strip(),
            "undo_reason": reason.strip(),
            "undone_at": cursor.fetchall()[0][0].isoformat(),
        }
        _undo(cursor, record)
        Journal(warehouse.settings.archive).append(record)
    return RectificationSummary(rectification_id, what, is_undone=True)


def rectifications(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return every rectification, newest first, undone ones included; with the values, for those who may erase."""
    with one_transaction(warehouse) as cursor:
        cursor.execute(
            sql.SQL("select {}, undone_by, undo_reason, undone_at from landing.rectifications").format(
                sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
            )
            + sql.SQL(" order by decided_at desc, rectification_id")
        )
        names = [*COLUMNS, "undone_by", "undo_reason", "undone_at"]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def restore(cursor: psycopg.Cursor, archive: Path, records: Sequence[Mapping[str, Any]]) -> int:
    """Write the rectifications of a journal and those files that the archive has of them; return how many.

    Raises CscWarehouseError where a file is missing or changed, and no erasure took it.
    """
    erased = {name for record in records for name in record.get("rectifications", ()) if record["event"] == "erasure"}
    restored = 0
    for record in records:
        if record["event"] == EVENT and record["rectification_id"] not in erased:
            _insert(cursor, _whole(archive, record))
            restored += 1
        elif record["event"] == UNDONE and record["rectification_id"] not in erased:
            _undo(cursor, record)
    return restored


def remove_people(
    cursor: psycopg.Cursor,
    contracts: Mapping[str, SourceContract],
    authority_code: str,
    ids: Mapping[str, Iterable[str]],
) -> tuple[list[str], dict[str, int]]:
    """Delete the rectifications of rows that name one of these persons; return their names and the rows by relation.

    Called before the rows themselves go. Their files are removed by remove_files, once the journal has the erasure.
    """
    places: list[tuple[str, ...]] = []
    for source, people in ids.items():
        for name in _named(cursor, contracts[source], authority_code, sorted(people)):
            cursor.execute(
                "delete from landing.rectifications where rectification_id = %s"
                " returning rectification_id, source, entity, authority_code, row_key",
                [name],
            )
            places += cursor.fetchall()
    removed = {"landing.rectifications": len(places)} if places else {}
    built = 0
    for _, *place in places:
        cursor.execute(
            "delete from staging.rectified_rows"
            " where source_name = %s and entity = %s and authority_code = %s and row_key = %s",
            place,
        )
        built += cursor.rowcount
    for name, *_ in places:
        cursor.execute("delete from staging.rectification_states where rectification_id = %s", [name])
    if built:
        removed["staging.rectified_rows"] = built
    return sorted({name for name, *_ in places}), removed


def of_people(
    cursor: psycopg.Cursor,
    contracts: Mapping[str, SourceContract],
    authority_code: str,
    ids: Mapping[str, Iterable[str]],
) -> list[str]:
    """Return the names of the rectifications of rows that name one of these persons."""
    return sorted(
        {
            name
            for source, people in ids.items()
            for name in _named(cursor, contracts[source], authority_code, sorted(people))
        }
    )


def remove_files(archive: Path, names: Iterable[str]) -> None:
    """Remove the files of rectifications whose child is erased."""
    for name in names:
        (archive / FOLDER / f"{name}.json").unlink(missing_ok=True)


def _named(cursor: psycopg.Cursor, contract: SourceContract, authority_code: str, people: list[str]) -> list[str]:
    """Return the names of a source's rectifications whose row named one of these persons then, or names one now."""
    cursor.execute(
        "select rectification_id from landing.rectifications"
        " where source = %s and authority_code = %s and people && %s::text[]",
        [contract.source, authority_code, people],
    )
    found = {row[0] for row in cursor.fetchall()}
    for entity in contract.entities.values():
        columns = contract.person_columns(entity)
        if not columns:
            continue
        named = sql.SQL(" or ").join(sql.SQL("{} = any(%(ids)s)").format(canonical_sql(column)) for column in columns)
        cursor.execute(
            sql.SQL(
                "select rectification_id from landing.rectifications as r where r.source = %(source)s"
                " and r.entity = %(entity)s and r.authority_code = %(authority)s and exists (select from landing.{}"
                " as landed where landed.authority_code = r.authority_code and landed.row_key = r.row_key and ({}))"
            ).format(sql.Identifier(tables.table_name(contract.source, entity.name)), named),
            {"source": contract.source, "entity": entity.name, "authority": authority_code, "ids": people},
        )
        found.update(row[0] for row in cursor.fetchall())
    return sorted(found)


def _require_person(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise UsageError("A value is set right by a named person for a stated reason: give both --by and --reason.")


def _entity(warehouse: Warehouse, source: str, entity: str) -> tuple[SourceContract, Entity]:
    contracts = load_contracts(warehouse.settings.config.sources)
    if source not in contracts:
        raise UsageError(f"{source} is no source in use: {offer(source, contracts)}")
    contract = contracts[source]
    about_children = [e.name for e in contract.entities.values() if e.key and contract.person_columns(e)]
    if entity not in about_children:
        raise UsageError(f"{entity} is no table of {contract.title} about children: {offer(entity, about_children)}")
    return contract, contract.entities[entity]


def _column(contract: SourceContract, entity: Entity, column: str) -> Column:
    if column not in entity.by_name:
        raise UsageError(f"{entity.name} has no column {column}: {offer(column, entity.column_names)}")
    found = entity.by_name[column]
    said = (contract.former, contract.changes)
    of_the_row = [*entity.key, contract.authority_column, *(part.column for part in said if part is not None)]
    if column in of_the_row or found.references is not None or found.is_person:
        raise UsageError(
            f"{entity.name}.{column} says which row it is, or whom it is about: only the source can set that right."
        )
    return found


def _standing(
    cursor: psycopg.Cursor, contract: SourceContract, entity: Entity, authority_code: str, record: str
) -> dict[str, Any]:
    """Return the version of a row that stands, with the day of the latest delivery; raise UsageError without one."""
    parts = record.split("|")
    readers = [canonical.canonical_function(entity.by_name[part], contract.text) for part in entity.key]
    if len(parts) != len(readers):
        raise UsageError(
            f"A row of {entity.name} is known by {listed(entity.key)}: give --record as {'|'.join(entity.key)}."
        )
    key = [read(part) for read, part in zip(readers, parts, strict=True)]
    # what can be no key is the key of no row
    key = ["" if part == canonical.UNREADABLE else part for part in key]
    first = entity.by_name[entity.key[0]]
    names = [*entity.column_names, "row_key"]
    cursor.execute(
        sql.SQL("select {} from landing.{} where authority_code = %s and valid_to_date is null and {} = %s").format(
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.Identifier(tables.table_name(contract.source, entity.name)),
            canonical_sql(first),
        ),
        [authority_code, contract.person_id(key[0]) if first.is_person else key[0]],
    )
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    found = [
        row
        for row in rows
        if all(read(row[part]) == said for read, part, said in zip(readers[1:], entity.key[1:], key[1:], strict=True))
    ]
    if len(found) != 1:
        raise UsageError(
            f"{authority_code} has no standing row of {contract.title}'s {entity.name} with that key: csc-warehouse"
            " subject export says which rows a child has."
        )
    cursor.execute(
        "select max(business_date) from landing.deliveries"
        " where source = %s and authority_code = %s and status = 'accepted'",
        [contract.source, authority_code],
    )
    return found[0] | {"as_at": cursor.fetchall()[0][0]}


def _require_value(contract: SourceContract, column: Column, value: str, as_at: Any) -> None:
    """Raise UsageError unless the source could send this value; its sentence does not repeat it."""
    read = canonical.canonical_function(column, contract.text)(value)
    if read == canonical.UNREADABLE or len(value) > column.max_length or "\x00" in value:
        form = {"day_first": "31/12/2018", "iso": "2018-12-31"}[contract.text.dates]
        example = f" (a date as {form})" if column.type in ("date", "time") else ""
        raise UsageError(f"{column.name} cannot hold that value: give it as {contract.title} would send it{example}.")
    agreed = agreed_codes(contract, column) if read else None
    if agreed is not None and any(part not in agreed for part in (read.split("+") if column.is_multiple else [read])):
        raise UsageError(f"{column.name} takes {codes_in_words(contract, column)}.")
    is_dated = column.type in ("date", "time") and read and not column.may_be_future
    if is_dated and read >= canonical.future_from(column, contract.text, as_at):
        raise UsageError(f"{column.name} may not lie after {as_at}, the day of the latest delivery.")


def _people(contract: SourceContract, entity: Entity, row: Mapping[str, Any]) -> list[str]:
    read = {c.name: canonical.canonical_function(c, contract.text) for c in contract.person_columns(entity)}
    return sorted({person for name, of in read.items() if (person := contract.person_id(of(row[name])))})


def _in_force(cursor: psycopg.Cursor, place: Sequence[str]) -> tuple[str, str] | None:
    cursor.execute(
        "select rectification_id, right_value from landing.rectifications where undone_at is null and"
        " (source, entity, authority_code, row_key, column_name) = (%s, %s, %s, %s, %s)",
        list(place),
    )
    return cursor.fetchone()


def _decided_before(known: tuple[str, str], what: str, value: str, read: canonical.Canonical) -> RectificationSummary:
    name, right = known
    if read(right) != read(value):
        raise UsageError(
            f"{what} of that row was set right before, otherwise: undo rectification {name} first"
            f" (csc-warehouse subject undo --rectification {name})."
        )
    return RectificationSummary(name, what, is_changed=False)


def keep_values(archive: Path, decision: Mapping[str, Any]) -> dict[str, Any]:
    """Write the values to the archive, safely on the disk; return the journal's line, which has none of them."""
    content = json.dumps({name: decision[name] for name in _SECRET}, ensure_ascii=True, sort_keys=True).encode()
    path = archive / FOLDER / f"{decision['rectification_id']}.json"
    with space_needed(f"the archive {archive}"):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = path.with_suffix(".new")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    told = {name: value for name, value in decision.items() if name not in _SECRET}
    return {"event": EVENT, **told, "sha256": hashlib.sha256(content).hexdigest()}


def _whole(archive: Path, record: Mapping[str, Any]) -> dict[str, Any]:
    path = archive / FOLDER / f"{record['rectification_id']}.json"
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != record["sha256"]:
        raise CscWarehouseError(f"The archived file {path} is missing or damaged: restore it from a backup.")
    return {**record, **json.loads(content)}


def _insert(cursor: psycopg.Cursor, decision: Mapping[str, Any]) -> None:
    cursor.execute(
        sql.SQL("insert into landing.rectifications ({}) values ({}) on conflict do nothing").format(
            sql.SQL(", ").join(map(sql.Identifier, COLUMNS)), sql.SQL(", ").join([sql.Placeholder()] * len(COLUMNS))
        ),
        [decision[name] for name in COLUMNS],
    )


def _undo(cursor: psycopg.Cursor, record: Mapping[str, Any]) -> None:
    cursor.execute(
        "update landing.rectifications set undone_by = %s, undo_reason = %s, undone_at = %s"
        " where rectification_id = %s",
        [record["undone_by"], record["undo_reason"], record["undone_at"], record["rectification_id"]],
    )


def _finish_broken_off(cursor: psycopg.Cursor, archive: Path) -> None:
    """Carry out what the journal has and the database, after a kill, lacks."""
    restore(cursor, archive, Journal(archive).read())
