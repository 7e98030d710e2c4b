"""The tables of landing, their indexes and the code map, made from the contracts: a new column needs no code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import psycopg
from psycopg import sql

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.model import Column, Entity, SourceContract
from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.settings import SOURCES
from csc_warehouse.warehouse import Warehouse, locks

META_COMMENTS = {
    "authority_code": "ONS code of the authority.",
    "valid_from_date": "First business date for which the source said so.",
    "valid_to_date": "First business date for which it no longer did; null: it still does.",
    "delivery_id": "The delivery that brought this version.",
    "record_number": "Place of the row in that delivery's file.",
    "row_key": "What the row is known by: its key, each value in its canonical form.",
    "row_hash": "By which the same row is known to say something else.",
}
META_COLUMNS = (
    ("authority_code", "text not null"),
    ("valid_from_date", "date not null"),
    ("valid_to_date", "date"),
    ("delivery_id", "bigint not null"),
    ("record_number", "bigint not null"),
    # compared by bytes: keys are canonical already, and an index over bytes is built several times as fast
    ("row_key", 'text collate "C" not null'),
    ("row_hash", 'text collate "C" not null'),
)


def table_name(source: str, entity: str) -> str:
    """Return the name of an entity's table in the schema landing."""
    return f"{source}_{entity}"


def sync(warehouse: Warehouse) -> list[str]:
    """Bring tables, columns and code map of every source up to its contract; a second time it changes nothing.

    Of sources that are not in use too, as staging reads every case system that has a contract.

    Returns what was made, as `table` or `table.column`. Columns that a contract no longer has stay, with their history.
    """
    contracts = load_contracts(tuple(dict.fromkeys((*warehouse.settings.config.sources, *SOURCES))))
    with warehouse.raw_connection() as connection:
        return sync_contracts(connection, contracts.values())


def sync_contracts(connection: psycopg.Connection, contracts: Iterable[SourceContract]) -> list[str]:
    """Do what sync does, for given contracts and on an open connection; commits."""
    made: list[str] = []
    with connection.transaction(), connection.cursor() as cursor:
        locks.wait_for(cursor, locks.LANDING_TABLES)
        cursor.execute("select table_name, column_name from information_schema.columns where table_schema = 'landing'")
        there: dict[str, set[str]] = {}
        for table, column in cursor.fetchall():
            there.setdefault(table, set()).add(column)
        wanted: dict[tuple[str, str], str] = {}
        for contract in contracts:
            wanted |= comments(contract)
            for entity in contract.entities.values():
                made += _sync_entity(cursor, contract, entity, there)
            _sync_codes(cursor, contract)
        _sync_comments(cursor, wanted)
    return made


def _sync_entity(
    cursor: psycopg.Cursor, contract: SourceContract, entity: Entity, there: dict[str, set[str]]
) -> list[str]:
    name = table_name(contract.source, entity.name)
    if name not in there:
        _create(cursor, entity, name)
        return [name]
    made = []
    for column in entity.columns:
        if column.name not in there[name]:
            cursor.execute(
                sql.SQL("alter table landing.{} add column {} text not null default ''").format(
                    sql.Identifier(name), sql.Identifier(column.name)
                )
            )
            made.append(f"{name}.{column.name}")
    return made


def _create(cursor: psycopg.Cursor, entity: Entity, name: str) -> None:
    columns = [sql.SQL("{} text not null default ''").format(sql.Identifier(column.name)) for column in entity.columns]
    columns += [sql.SQL("{} {}").format(sql.Identifier(meta), sql.SQL(kind)) for meta, kind in META_COLUMNS]
    cursor.execute(sql.SQL("create table landing.{} ({})").format(sql.Identifier(name), sql.SQL(", ").join(columns)))
    create_version_index(cursor, name)


def comments(contract: SourceContract) -> dict[tuple[str, str], str]:
    """Return what a source's tables and their columns hold, in words, by table and column (blank: the table)."""
    found = {}
    for entity in contract.entities.values():
        name = table_name(contract.source, entity.name)
        found[name, ""] = (
            f"One row per version of a row of {contract.title}'s {entity.name}, as sent, "
            "with the business dates [from, to) for which the source said so."
        )
        found |= {(name, column): text for column, text in META_COMMENTS.items()}
        found |= {(name, column.name): _described(column, entity) for column in entity.columns}
    return found


def _described(column: Column, entity: Entity) -> str:
    """Return what the contract says of a column, in words."""
    words = {
        "key": "A number that the source gave",
        "guid": "An identifier that the source gave",
        "uuid": "An identifier that the source gave",
        "former": "The row of an earlier system that it stands for",
        "code": "A code",
        "boolean": "Yes or no",
        "date": "A date",
        "time": "A date and time",
        "number": column.agreed_number[:1].upper() + column.agreed_number[1:],
        "name": "A name",
        "text": "A text",
    }[column.type]
    if column.is_multiple:
        words += ", or several joined by +"
    words += f" of the list {column.list_name}" if column.list_name is not None else ""
    words += f" of the form {column.form}" if column.form is not None else ""
    words += f", of a row of {column.references}" if column.references is not None else ""
    words += ", part of the key" if column.name in entity.key else ""
    return f"{words}; as sent, blank where nothing was."


def _sync_comments(cursor: psycopg.Cursor, wanted: Mapping[tuple[str, str], str]) -> None:
    """Bring comments up to what the contracts say; a second time it changes nothing."""
    cursor.execute(
        "select c.relname, coalesce(a.attname, ''), coalesce(d.description, '')"
        " from pg_class as c"
        " cross join lateral (select null::name as attname, 0 as attnum union all"
        " select attname, attnum from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as a"
        " left join pg_description as d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass"
        " and d.objsubid = a.attnum"
        " where c.relnamespace = 'landing'::regnamespace and c.relkind = 'r'"
    )
    for table, column, present in cursor.fetchall():
        text = wanted.get((table, column))
        if text is None or text == present:
            continue
        target = sql.Identifier("landing", table, column) if column else sql.Identifier("landing", table)
        cursor.execute(
            sql.SQL("comment on {} {} is {}").format(
                sql.SQL("column" if column else "table"), target, sql.Literal(text)
            )
        )


def lock_alone(cursor: psycopg.Cursor, name: str) -> bool:
    """Take a table for this transaction alone, unless somebody uses it; return whether it could be had.

    Nobody is waited for: two deliveries that have both looked at a table would wait for each other.
    """
    try:
        with cursor.connection.transaction():
            cursor.execute(
                sql.SQL("lock table landing.{} in access exclusive mode nowait").format(sql.Identifier(name))
            )
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def set_defaults(cursor: psycopg.Cursor, name: str, values: Mapping[str, object]) -> None:
    """Give columns of a table that is this transaction's alone a default, or none where a value is None."""
    changes = [
        sql.SQL("alter {} set default {}").format(sql.Identifier(column), sql.Literal(value))
        if value is not None
        else sql.SQL("alter {} drop default").format(sql.Identifier(column))
        for column, value in values.items()
    ]
    cursor.execute(sql.SQL("alter table landing.{} {}").format(sql.Identifier(name), sql.SQL(", ").join(changes)))


def create_version_index(cursor: psycopg.Cursor, name: str) -> None:
    """Make the index that finds a row's versions, and allows only one for each first date."""
    cursor.execute(
        sql.SQL("create unique index if not exists {} on landing.{} (row_key, valid_from_date, authority_code)").format(
            sql.Identifier(f"{name}_version"), sql.Identifier(name)
        )
    )


def drop_version_index(cursor: psycopg.Cursor, name: str) -> None:
    """Drop the index of versions, before an empty table is filled."""
    cursor.execute(sql.SQL("drop index if exists landing.{}").format(sql.Identifier(f"{name}_version")))


def _sync_codes(cursor: psycopg.Cursor, contract: SourceContract) -> None:
    wanted = {
        (
            contract.source,
            list_name,
            canonical_name(entry.sent),
            entry.means,
            entry.valid_from_date,
            entry.valid_to_date,
        )
        for list_name, entries in contract.code_lists.items()
        for entry in entries
    }
    cursor.execute(
        "select source, list_name, source_code, code, valid_from_date, valid_to_date from landing.code_map"
        " where source = %s",
        [contract.source],
    )
    if set(cursor.fetchall()) == wanted:
        return
    cursor.execute("delete from landing.code_map where source = %s", [contract.source])
    cursor.executemany(
        "insert into landing.code_map (source, list_name, source_code, code, valid_from_date, valid_to_date)"
        " values (%s, %s, %s, %s, %s, %s)",
        sorted(wanted, key=repr),
    )
