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
