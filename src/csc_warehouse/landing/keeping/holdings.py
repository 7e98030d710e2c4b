"""All that landing and the archive hold of a child: rows with their versions, rows set apart, files of deliveries."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from csc_warehouse.contracts import canonical, load_contracts
from csc_warehouse.contracts.model import Entity, SourceContract
from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.contracts.tables import Table, tables_at
from csc_warehouse.errors import UsageError
from csc_warehouse.landing.history import tables
from csc_warehouse.landing.history.person_removal import canonical_sql
from csc_warehouse.landing.keeping import rectification
from csc_warehouse.landing.keeping.identities import Identities
from csc_warehouse.landing.lost_database import database_needed, one_transaction
from csc_warehouse.landing.recording.archive import Archive
from csc_warehouse.warehouse import Warehouse, home


@dataclass(frozen=True)
class KnownChild:
    """A child as the sources know it; its ids are for those who may erase."""

    authority_code: str
    ids: dict[str, list[str]]
    """Canonical ids by source."""

    @property
    def every_id(self) -> list[str]:
        """Return the ids of all sources."""
        return sorted({person for people in self.ids.values() for person in people})


@dataclass
class Holdings:
    """Where landing and the archive hold a child, and how often."""

    rows: dict[str, int] = field(default_factory=dict)
    """Versions of rows by relation; of quarantine, rows set apart whose text names the child."""
    rectifications: list[str] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)
    """Rows by delivery and file of the archive, as `delivery 3 of 2018-05-10: RAISE_CLIENT_20180510.csv`."""
    refused: dict[str, int] = field(default_factory=dict)
    """Lines by file that is kept apart for inspection."""


def known_child(
    warehouse: Warehouse, child: str, *, authority_code: str | None = None, source: str | None = None
) -> KnownChild:
    """Return a child by an id of any case system or its pseudonym, or by the reference of a source's own.

    Raises UsageError where nobody is known by it, or children of several authorities are.
    """
    contracts = load_contracts(warehouse.settings.config.sources)
    with database_needed():
        tables.sync(warehouse)
        with one_transaction(warehouse) as cursor:
            identities = Identities(cursor, contracts)
            if source is None:
                authority, ids = identities.known_ids(child, authority_code)
                return KnownChild(authority, {name: sorted(people) for name, people in sorted(ids.items())})
            if source not in contracts or contracts[source].person_entity or not contracts[source].names_people:
                raise UsageError("--source is for a source that names children by references of its own: corporate.")
            person = contracts[source].person_id(child.strip())
            found = sorted(identities.authorities_with(contracts[source], person))
    if not found:
        raise UsageError(f"No row of {contracts[source].title} names a child by that reference.")
    return KnownChild(found[0], {source: [person]})


@dataclass
class Told:
    """What landing says of a child, for whoever asked."""

    rows: dict[tuple[str, str], list[dict[str, Any]]]
    """Versions of rows by source and entity, as they were sent; codes with what they mean."""
    apart: list[dict[str, Any]]
    rectified: list[dict[str, Any]]


def told(warehouse: Warehouse, child: KnownChild) -> Told:
    """Return what landing says of a child: every version of every row, what was set apart, what was set right."""
    contracts = load_contracts(warehouse.settings.config.sources)
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    apart: list[dict[str, Any]] = []
    with one_transaction(warehouse) as cursor:
        for source, people in child.ids.items():
            contract = contracts[source]
            for entity in _about_people(contract):
                found = versions(cursor, contract, entity, child.authority_code, people)
                if said := [_readable(contract, entity, row) for row in found]:
                    rows[source, entity.name] = said
            apart += quarantined(cursor, contract, child.authority_code, people)
        names = set(rectification.of_people(cursor, contracts, child.authority_code, child.ids))
    rectified = [r for r in rectification.rectifications(warehouse) if r["rectification_id"] in names]
    return Told(rows, apart, rectified)


def ids_as_sent(cursor: psycopg.Cursor, sources: tuple[str, ...], child: KnownChild) -> list[str]:
    """Return the texts by which files may name a child: its ids as each source writes them, and its pseudonyms."""
    contracts = load_contracts(sources)
    texts = set(child.every_id)
    for source, people in child.ids.items():
        for entity in _about_people(contracts[source]):
            for row in versions(cursor, contracts[source], entity, child.authority_code, people):
                read = {c.name: canonical.canonical_function(c, contracts[source].text) for c in entity.columns}
                for column in contracts[source].person_columns(entity):
                    if contracts[source].person_id(read[column.name](row[column.name])) in people:
                        texts.add(row[column.name])
    cursor.execute(
        "select child_key from restricted.child_keys where authority_code = %s and canonical_child_id = any(%s)",
        [child.authority_code, child.every_id],
    )
    return sorted(texts | {row[0] for row in cursor.fetchall()})


def _readable(contract: SourceContract, entity: Entity, row: dict[str, Any]) -> dict[str, Any]:
    """Return a version with what each of its codes means, and without what only the warehouse needs."""
    meant = dict(row)
    for name in ("row_key", "record_number"):
        meant.pop(name)
    for column in entity.columns:
        if column.list_name is None:
            continue
        means = {canonical_name(entry.sent): entry.means for entry in contract.code_lists[column.list_name]}
        meaning = means.get(canonical.canonical_function(column, contract.text)(row[column.name]))
        if meaning is not None and meaning != row[column.name]:
            meant[column.name] = f"{row[column.name]} ({meaning.replace('_', ' ').lower()})"
    return meant


def holdings(warehouse: Warehouse, child: KnownChild) -> Holdings:
    """Return where landing and the archive hold a child; archived files are read one after the other."""
    contracts = load_contracts(warehouse.settings.config.sources)
    found = Holdings()
    with one_transaction(warehouse) as cursor:
        for source, people in child.ids.items():
            contract = contracts[source]
            for entity in _about_people(contract):
                count = len(list(versions(cursor, contract, entity, child.authority_code, people)))
                if count:
                    found.rows[f"landing.{tables.table_name(source, entity.name)}"] = count
            apart = len(quarantined(cursor, contract, child.authority_code, people))
            if apart:
                found.rows["landing.quarantine"] = found.rows.get("landing.quarantine", 0) + apart
        found.rectifications = rectification.of_people(cursor, contracts, child.authority_code, child.ids)
        if found.rectifications:
            found.rows["landing.rectifications"] = len(found.rectifications)
        archived = _archived(cursor, child)
    found.files = _in_archive(warehouse, contracts, child, archived)
    found.refused = _in_refused(warehouse, child)
    return found


def versions(
    cursor: psycopg.Cursor, contract: SourceContract, entity: Entity, authority_code: str, people: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield every version of every row of an entity that names one of these persons, as it was sent, oldest first."""
    names = ["valid_from_date", "valid_to_date", "delivery_id", "record_number", "row_key", *entity.column_names]
    named = sql.SQL(" or ").join(
        sql.SQL("{} = any(%(ids)s)").format(canonical_sql(column)) for column in contract.person_columns(entity)
    )
    cursor.execute(
        sql.SQL(
            "select {} from landing.{} where authority_code = %(authority)s and ({}) order by row_key, valid_from_date"
        ).format(
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.Identifier(tables.table_name(contract.source, entity.name)),
            named,
        ),
        {"ids": list(people), "authority": authority_code},
    )
    for row in cursor.fetchall():
        yield dict(zip(names, row, strict=True))


def quarantined(
    cursor: psycopg.Cursor, contract: SourceContract, authority_code: str, people: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the rows of quarantine whose text names one of these persons in any of its fields."""
    names = ["delivery_id", "business_date", "entity", "record_number", "reason", "raw_record"]
    cursor.execute(
        "select delivery_id, business_date, entity, record_number, reason, raw_record from landing.quarantine"
        " where source = %s and authority_code = %s and raw_record is not null"
        " and exists (select from unnest(%s::text[]) as wanted (id) where strpos(lower(raw_record), lower(id)) > 0)"
        " order by delivery_id, entity, record_number",
        [contract.source, authority_code, list(people)],
    )
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [row for row in rows if _names_person(row["raw_record"], contract, row["entity"], frozenset(people))]


def _names_person(raw: str, contract: SourceContract, entity: str, people: frozenset[str]) -> bool:
    if entity not in contract.entities:
        return False
    reader = csv.reader(io.StringIO(raw, newline=""), delimiter=contract.text.delimiter)
    read = _readers(contract, contract.entities[entity])
    return any(contract.person_id(of(value)) in people for record in reader for value in record for of in read)


def _about_people(contract: SourceContract) -> list[Entity]:
    return [entity for entity in contract.entities.values() if contract.person_columns(entity)]


def _readers(contract: SourceContract, entity: Entity) -> list[canonical.Canonical]:
    return [canonical.canonical_function(column, contract.text) for column in contract.person_columns(entity)]


def _archived(cursor: psycopg.Cursor, child: KnownChild) -> list[tuple[Any, ...]]:
    """Return delivery, source, day, file and hash of every archived file of the sources that know the child."""
    cursor.execute(
        "select d.delivery_id, d.source, d.business_date, f.file_name, f.sha256 from landing.deliveries as d"
        " join landing.arrived_files as f using (delivery_id)"
        " where d.status <> 'refused' and d.authority_code = %s and d.source = any(%s) order by 1, 4",
        [child.authority_code, list(child.ids)],
    )
    return cursor.fetchall()


def _in_archive(
    warehouse: Warehouse,
    contracts: Mapping[str, SourceContract],
    child: KnownChild,
    archived: Iterable[tuple[Any, ...]],
) -> dict[str, int]:
    archive = Archive(warehouse.settings.archive)
    counted: dict[tuple[str, str, str], dict[str, int]] = {}
    found: dict[str, int] = {}
    for delivery_id, source, business_date, name, sha256 in archived:
        if archive.find(sha256) is None:
            # retention removed it
            continue
        place = (source, Path(name).name, sha256)
        if place not in counted:
            counted[place] = _in_file(warehouse, contracts[source], archive, place, frozenset(child.ids[source]))
        for table, rows in counted[place].items():
            found[f"delivery {delivery_id} of {business_date}: {table}"] = rows
    return found


def _in_file(
    warehouse: Warehouse,
    contract: SourceContract,
    archive: Archive,
    place: tuple[str, str, str],
    people: frozenset[str],
) -> dict[str, int]:
    """Return how many rows of each table of one archived file name the child."""
    _, name, sha256 = place
    found: dict[str, int] = {}
    with home.scratch(warehouse.settings.spool) as folder:
        path = folder / name
        archive.restore(sha256, path)
        if path.suffix.lower() not in (".csv", ".xlsx", ".zip", ".parquet"):
            return found
        try:
            there = tables_at(path if path.suffix.lower() != ".zip" else folder)
        except UsageError:
            # a manifest by itself holds no table
            return found
        for table in there:
            count = _naming(table, Path(table.name).name, contract, people)
            if count:
                found[Path(table.name).name] = count
    return found


def _naming(table: Table, name: str, contract: SourceContract, people: frozenset[str]) -> int:
    """Return how many records of a table name one of these persons, in the columns of its entity that do."""
    entity = next((e for e in contract.entities.values() if e.is_file(name)), None)
    if entity is None or not contract.person_columns(entity):
        return 0
    read = _readers(contract, entity)
    wanted = {column.name for column in contract.person_columns(entity)}
    records = table.records(contract.text.delimiter)
    header = [value.strip().lower() for value in next(records, [])]
    # where no column is known by its name, a row cannot say which of its values is a person
    positions = [index for index, column in enumerate(header) if column in wanted] or range(len(header))
    return sum(
        any(
            contract.person_id(of(record[index])) in people for index in positions if index < len(record) for of in read
        )
        for record in records
    )


def _in_refused(warehouse: Warehouse, child: KnownChild) -> dict[str, int]:
    """Return the refused files, kept apart for inspection, that name the child, or that nobody can open."""
    contracts = load_contracts(warehouse.settings.config.sources)
    folder = warehouse.settings.archive / "refused"
    found: dict[str, int] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        # kept under the first digits of its hash and the name that it came with
        kept = path.name.partition("-")[2]
        if not kept.lower().endswith((".csv", ".xlsx", ".zip", ".parquet")):
            continue
        try:
            count = sum(
                _naming(
                    table, kept if table.name == path.name else Path(table.name).name, contracts[source], frozenset(ids)
                )
                for table in tables_at(path)
                for source, ids in child.ids.items()
            )
        except UsageError:
            # it was refused for that, and nobody can say whom it names
            found[f"{path.name} (cannot be read)"] = 0
            continue
        if count:
            found[path.name] = count
    return found
