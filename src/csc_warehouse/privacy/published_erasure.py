"""An erased child's rows out of what was built and published: whatever relation names it, its records or its pseudonym.

Nothing here lists tables: they are found in the server's catalogue, in every schema but landing, which has rules of its
own. GUIDs and pseudonyms mean one thing wherever they stand and are looked for in every column of text; the short
numbers of a case system are somebody else's elsewhere and are looked for in columns that name persons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from csc_warehouse.sql_files import statement

PERSON_COLUMN = re.compile(
    r"(^|_)(child|person|client|identity|master|subordinate|kept|dropped)_(id|no|key|ref|number)$"
)
"""Columns whose values are persons, by the last words of their names."""
RECORD_COLUMNS = ("record_key", "record_id", "canonical_record_id", "source_record_id", "part_record_key")
"""Columns whose values are records; in a table of people they are persons."""
ENTITY_RECORD_COLUMNS = ("record_id", "canonical_record_id")
"""Columns whose values are records of the entity that the row names."""
ABOUT_PEOPLE = re.compile(r"people|person|child(ren)?_linked")
"""Tables of which each record is a person."""
PERSON_ENTITIES = ("person", "people", "client")
"""What sources call persons, where a table has links of several entities."""
SHORTEST_DISTINCTIVE = 16
"""An id of so many characters or more is a GUID or a keyed hash: no two things share one."""


@dataclass(frozen=True)
class _Table:
    """A stored table and its columns of text; arrays apart."""

    schema: str
    name: str
    texts: tuple[str, ...]
    arrays: tuple[str, ...]
    has_authority: bool
    has_entity: bool

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)

    @property
    def is_about_people(self) -> bool:
        return ABOUT_PEOPLE.search(self.name) is not None

    def persons(self) -> list[sql.Composable]:
        """Return the conditions under which a row names one of the ids as a person's; numbers hold in an authority."""
        if not self.has_authority:
            return []
        found: list[sql.Composable] = [_is_one_of(name) for name in self.texts if PERSON_COLUMN.search(name)]
        linking = [name for name in self.texts if name in ("record_id", "legacy_id")]
        if self.is_about_people:
            found += [_is_one_of(name) for name in linking]
        elif self.has_entity:
            found += [
                sql.SQL("(entity = any(%(person_entities)s) and {})").format(_is_one_of(name)) for name in linking
            ]
        return found

    def records_of_entities(self) -> list[sql.Composable]:
        """Return the conditions under which a row names one of the records with its entity."""
        names = [name for name in self.texts if self.has_entity and name in ENTITY_RECORD_COLUMNS]
        return [
            sql.SQL("entity::text || ' ' || {}::text = any(%(entity_records)s)").format(sql.Identifier(name))
            for name in names
        ]

    def anywhere(self) -> list[sql.Composable]:
        """Return the conditions under which a row holds one of the distinctive values, in whatever column."""
        found: list[sql.Composable] = [
            sql.SQL("{}::text = any(%(values)s)").format(sql.Identifier(name)) for name in self.texts
        ]
        return found + [
            sql.SQL("{}::text[] && %(values)s::text[]").format(sql.Identifier(name)) for name in self.arrays
        ]

    def records(self) -> list[sql.Composable]:
        """Return the conditions under which a row holds one of the record keys in a column of such keys."""
        keys = [name for name in self.texts if name.endswith("record_key")]
        return [sql.SQL("{}::text = any(%(keys)s)").format(sql.Identifier(name)) for name in keys]


def _is_one_of(column: str) -> sql.Composable:
    return sql.SQL("{}::text = any(%(ids)s)").format(sql.Identifier(column))


def remove_child(cursor: psycopg.Cursor, authority_code: str, ids: list[str]) -> dict[str, int]:
    """Delete the rows of a child, given by its canonical ids, from every stored table; return rows by relation.

    With it go the rows that hold an id or key of one of its records. Figures that were counted stay: a sum does not say
    who is in it. So does what is kept as it was written (decisions, explanations, judgements), which holds no id.
    """
    known = [*ids, *_pseudonyms(cursor, authority_code, ids)]
    tables = _tables(cursor)
    records = _records(cursor, tables, authority_code, known)
    return _remove(
        cursor,
        tables,
        authority_code,
        known,
        records,
        entity_records=_entity_records(cursor, tables, authority_code, known),
    )


def named_people(cursor: psycopg.Cursor, authorities: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield authority and id of everybody whom a column of persons names in a stored table, pseudonyms included."""
    for table in _tables(cursor):
        linking = ("record_id", "legacy_id") if table.is_about_people or table.has_entity else ()
        for name in table.texts if table.has_authority else ():
            if PERSON_COLUMN.search(name) or name in linking:
                cursor.execute(
                    sql.SQL(
                        "select distinct authority_code::text, {0}::text from {1} where {0} is not null"
                        " and authority_code::text = any(%s)"
                    ).format(sql.Identifier(name), table.identifier),
                    [list(authorities)],
                )
                yield from cursor.fetchall()


def find_child(cursor: psycopg.Cursor, authority_code: str, ids: list[str]) -> dict[str, int]:
    """Return by relation how many rows hold a child, given by canonical ids: those that remove_child would delete."""
    known = [*ids, *_pseudonyms(cursor, authority_code, ids)]
    tables = _tables(cursor)
    records = _records(cursor, tables, authority_code, known)
    entity_records = _entity_records(cursor, tables, authority_code, known)
    found: dict[str, int] = {}
    for table, conditions in _holding(tables, known, records, entity_records):
        cursor.execute(
            _statement("select count(*) from {} where {}", table, conditions),
            _parameters(authority_code, known, records, _distinctive([*known, *records]), entity_records),
        )
        rows = cursor.fetchall()[0][0]
        if rows:
            found[f"{table.schema}.{table.name}"] = rows
    return found


def remove_records(cursor: psycopg.Cursor, authority_code: str, places: list[tuple[int, int]]) -> dict[str, int]:
    """Delete what was built of rows of landing, given by delivery and record number; return rows by relation.

    They are known by the record key that the last build gave them, under which every stored release has them.
    """
    tables = _tables(cursor)
    record_keys = sorted(
        {
            key
            for schema, table in _tables_with(cursor, ("intermediate",), ("record_key", "delivery_id", "record_number"))
            for key in _record_keys(cursor, schema, table, places)
        }
    )
    return _remove(cursor, tables, authority_code, [], record_keys) if record_keys else {}


def _remove(
    cursor: psycopg.Cursor,
    tables: Iterable[_Table],
    authority_code: str,
    ids: Sequence[str],
    records: Sequence[str],
    *,
    entity_records: Sequence[str] = (),
) -> dict[str, int]:
    values = _distinctive([*ids, *records])
    removed: dict[str, int] = {}
    for table, conditions in _holding(tables, ids, records, entity_records):
        cursor.execute(
            _statement("delete from {} where {}", table, conditions),
            _parameters(authority_code, ids, records, values, entity_records),
        )
        if cursor.rowcount:
            removed[f"{table.schema}.{table.name}"] = cursor.rowcount
    return removed


def _holding(
    tables: Iterable[_Table], ids: Sequence[str], records: Sequence[str], entity_records: Sequence[str]
) -> Iterator[tuple[_Table, list[sql.Composable]]]:
    """Yield the tables that may hold ids or records, with the conditions under which a row of them does."""
    has_values = bool(_distinctive([*ids, *records]))
    for table in tables:
        conditions = [
            *(table.persons() if ids else []),
            *(table.records() if records else []),
            *(table.records_of_entities() if entity_records else []),
            *(table.anywhere() if has_values else []),
        ]
        if conditions:
            yield table, conditions


def _distinctive(values: Iterable[str]) -> list[str]:
    return sorted({value for value in values if len(value) >= SHORTEST_DISTINCTIVE})


def _records(cursor: psycopg.Cursor, tables: Iterable[_Table], authority_code: str, ids: Sequence[str]) -> list[str]:
    """Return keys of the records that a person has, and those of their ids that are distinctive."""
    found: set[str] = set()
    for table in tables:
        persons = table.persons()
        columns = [name for name in table.texts if name in RECORD_COLUMNS]
        if not persons or not columns or table.is_about_people:
            continue
        for column in columns:
            cursor.execute(
                _statement(
                    sql.SQL("select {}::text from {{}} where {{}}").format(sql.Identifier(column)).as_string(cursor),
                    table,
                    persons,
                ),
                _parameters(authority_code, ids, [], []),
            )
            read = [row[0] for row in cursor.fetchall() if row[0] is not None]
            found.update(read if column.endswith("record_key") else _distinctive(read))
    return sorted(found)


def _entity_records(
    cursor: psycopg.Cursor, tables: Iterable[_Table], authority_code: str, ids: Sequence[str]
) -> list[str]:
    """Return the records that a person has, each with its entity: a number alone is that of many records."""
    found: set[str] = set()
    for table in tables:
        persons = table.persons()
        columns = [name for name in table.texts if table.has_entity and name in ENTITY_RECORD_COLUMNS]
        if not persons:
            continue
        for column in columns:
            read = sql.SQL("select entity::text || ' ' || {}::text from {{}} where {{}}").format(sql.Identifier(column))
            cursor.execute(_statement(read.as_string(cursor), table, persons), _parameters(authority_code, ids, [], []))
            found.update(row[0] for row in cursor.fetchall() if row[0] is not None)
    return sorted(found)


def _statement(statement: str, table: _Table, conditions: Sequence[sql.Composable]) -> sql.Composed:
    named: sql.Composable = sql.SQL("({})").format(sql.SQL(" or ").join(conditions))
    if table.has_authority:
        named = sql.SQL("authority_code = %(authority)s and {}").format(named)
    return sql.SQL(statement).format(table.identifier, named)


def _parameters(
    authority_code: str,
    ids: Sequence[str],
    keys: Sequence[str],
    values: Sequence[str],
    entity_records: Sequence[str] = (),
) -> dict[str, object]:
    return {
        "authority": authority_code,
        "ids": list(ids),
        "keys": list(keys),
        "values": list(values),
        "person_entities": list(PERSON_ENTITIES),
        "entity_records": list(entity_records),
    }


def _record_keys(cursor: psycopg.Cursor, schema: str, table: str, places: list[tuple[int, int]]) -> list[str]:
    cursor.execute(
        sql.SQL(
            "select record_key from {} join unnest(%s::bigint[], %s::bigint[]) as place (delivery_id, record_number)"
            " using (delivery_id, record_number)"
        ).format(sql.Identifier(schema, table)),
        [[delivery_id for delivery_id, _ in places], [number for _, number in places]],
    )
    return [row[0] for row in cursor.fetchall()]


def _tables_with(cursor: psycopg.Cursor, schemas: tuple[str, ...], columns: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return (schema, table) of the stored tables that have an authority and these columns."""
    wanted = ["authority_code", *columns]
    cursor.execute(
        "select n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        " join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " where c.relkind in ('r', 'p') and not c.relispartition and n.nspname = any(%s) and a.attname = any(%s)"
        " group by n.nspname, c.relname having count(*) = %s order by n.nspname, c.relname",
        [list(schemas), wanted, len(wanted)],
    )
    return [(schema, table) for schema, table in cursor.fetchall()]


def _pseudonyms(cursor: psycopg.Cursor, authority_code: str, ids: list[str]) -> list[str]:
    cursor.execute(
        "select child_key from restricted.child_keys where authority_code = %s and canonical_child_id = any(%s)",
        [authority_code, ids],
    )
    return [row[0] for row in cursor.fetchall()]


def _tables(cursor: psycopg.Cursor) -> list[_Table]:
    """Return the stored tables with their columns of text, partitions through their parents, whoever made them.

    Tables of which no row may be deleted are kept as they were written, and hold no id of a child.
    """
    cursor.execute(statement(__name__, "tables"))
    tables = [
        _Table(schema, name, tuple(texts), tuple(arrays), has_authority, has_entity)
        for schema, name, texts, arrays, has_authority, has_entity in cursor.fetchall()
    ]
    # pseudonyms last: who the child was is looked up in them
    return sorted(tables, key=lambda table: (table.schema, table.name) == ("restricted", "child_keys"))
