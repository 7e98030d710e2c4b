"""An erased child's rows out of what was built and published: whatever relation names its key or its ids."""

from __future__ import annotations

import psycopg
from psycopg import sql

SCHEMAS = (
    "intermediate",
    "restricted",
    "marts_candidate",
    "reporting_candidate",
    "restricted_candidate",
    "release",
    "quality",
    "staging",
)
"""Where tables about children are stored; landing has rules of its own, and the published schemas hold views."""
ID_COLUMNS = ("child_key", "canonical_child_id", "child_id", "source_child_id", "source_person_id", "client_no")


def remove_child(cursor: psycopg.Cursor, authority_code: str, ids: list[str]) -> dict[str, int]:
    """Delete the rows of a child, given by its canonical ids, from every stored table; return rows by relation.

    Figures that were counted stay: a sum does not say who is in it. Tables without an authority hold no child.
    """
    known = [*ids, *_pseudonyms(cursor, authority_code, ids)]
    removed: dict[str, int] = {}
    for schema, table, columns in _tables(cursor):
        named = sql.SQL(" or ").join(
            sql.SQL("{}::text = any(%(ids)s)").format(sql.Identifier(name)) for name in columns
        )
        cursor.execute(
            sql.SQL("delete from {} where authority_code = %(authority)s and ({})").format(
                sql.Identifier(schema, table), named
            ),
            {"authority": authority_code, "ids": known},
        )
        if cursor.rowcount:
            removed[f"{schema}.{table}"] = cursor.rowcount
    return removed


def remove_records(cursor: psycopg.Cursor, authority_code: str, places: list[tuple[int, int]]) -> dict[str, int]:
    """Delete what was built of rows of landing, given by delivery and record number; return rows by relation.

    They are known by the record key that the last build gave them, under which every stored release has them.
    """
    record_keys = sorted(
        {
            key
            for schema, table in _tables_with(cursor, ("intermediate",), ("record_key", "delivery_id", "record_number"))
            for key in _record_keys(cursor, schema, table, places)
        }
    )
    removed: dict[str, int] = {}
    for schema, table in _tables_with(cursor, SCHEMAS, ("record_key",)) if record_keys else ():
        cursor.execute(
            sql.SQL("delete from {} where authority_code = %s and record_key = any(%s)").format(
                sql.Identifier(schema, table)
            ),
            [authority_code, record_keys],
        )
        if cursor.rowcount:
            removed[f"{schema}.{table}"] = cursor.rowcount
    return removed


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


def _tables(cursor: psycopg.Cursor) -> list[tuple[str, str, list[str]]]:
    """Return (schema, table, columns that may name a child) of the stored tables; partitions through their parents."""
    cursor.execute(
        "select n.nspname, c.relname, array_agg(a.attname::text order by a.attname)"
        " from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        " join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " where c.relkind in ('r', 'p') and not c.relispartition and n.nspname = any(%s)"
        " and (a.attname = any(%s) or a.attname = 'authority_code')"
        " group by n.nspname, c.relname order by n.nspname, c.relname",
        [list(SCHEMAS), list(ID_COLUMNS)],
    )
    tables = []
    for schema, table, columns in cursor.fetchall():
        named = [name for name in columns if name != "authority_code"]
        if named and "authority_code" in columns:
            tables.append((schema, table, named))
    # pseudonyms last: who the child was is looked up in them
    return sorted(tables, key=lambda found: found[:2] == ("restricted", "child_keys"))
