"""The rows of an entity that stand, as keys and hashes: all at once, or a part of the table at a time if they are many.

By parts, what the server gathers for an answer and what is held of it here is bounded, however large the table is and
whatever the server knows of it. Grouped by hash, as small tables are read, the server would choose by its statistics
between sorting all rows on disk and holding all of them in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from csc_warehouse.contracts.chain import Changes
from csc_warehouse.contracts.names import canonical_name

if TYPE_CHECKING:
    import pyarrow as pa

SMALL_TEXT = 1024**2
"""Characters up to which Arrow's threads cost more than they save."""
STRETCH_PAGES = 4_096
"""Pages of the table, of 8 kB, that are read at a time: some 10 MB of keys and hashes."""


def current_state(cursor: psycopg.Cursor, table: str, authority_code: str) -> pa.Table:
    """Return key and hash of every row that stands, of one authority; columns row_hash, row_key."""
    # read at once: each start of Arrow's reader costs as much as some thousand rows
    return _state_table("\n".join(_state_texts(cursor, table, authority_code)))


def _state_texts(cursor: psycopg.Cursor, table: str, authority_code: str) -> Iterator[str]:
    # one value per group of hashes: each row costs the driver time, and a value may hold up to a gigabyte
    query = sql.SQL(
        """select string_agg(row_hash || ',"' || replace(row_key, '"', '""') || '"', e'\\n')"""
        " from landing.{} where authority_code = %s and valid_to_date is null group by left(row_hash, 1)"
    ).format(sql.Identifier(table))
    return (text for (text,) in cursor.execute(query, [authority_code]))


def _state_table(text: str) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    schema = _state_schema()
    if not text:
        return schema.empty_table()
    return arrow_csv.read_csv(
        pa.py_buffer(text.encode()),
        read_options=arrow_csv.ReadOptions(column_names=schema.names, use_threads=len(text) > SMALL_TEXT),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(column_types=schema, strings_can_be_null=False, null_values=[]),
    )


def _state_schema() -> Any:
    import pyarrow as pa

    return pa.schema([("row_hash", pa.string()), ("row_key", pa.string())])


def taken_back(cursor: psycopg.Cursor, table: str, authority_code: str, changes: Changes | None) -> frozenset[str]:
    """Return the keys of rows whose last word is that they were taken back; they are gone, and cannot vanish."""
    if changes is None:
        return frozenset()
    cursor.execute(
        sql.SQL(
            "select row_key from landing.{} where authority_code = %s and valid_to_date is null"
            " and landing.canonical_name({}) = %s"
        ).format(sql.Identifier(table), sql.Identifier(changes.column)),
        [authority_code, canonical_name(changes.delete)],
    )
    return frozenset(row[0] for row in cursor.fetchall())


def empty_state() -> pa.Table:
    """Return the state of an entity of which nothing stands."""
    return _state_schema().empty_table()


def standing_states(cursor: psycopg.Cursor, table: str, authority_code: str) -> Iterator[pa.Table]:
    """Yield key and hash of the rows that stand, of one authority, a part at a time; columns row_hash, row_key.

    To be read under the lock of the source and authority: nobody else changes its rows meanwhile.
    """
    return (_state_table(text) for text in _texts_by_part(cursor, table, authority_code))


def _texts_by_part(cursor: psycopg.Cursor, table: str, authority_code: str) -> Iterator[str]:
    cursor.execute(
        "select (pg_relation_size(to_regclass(%s)) / current_setting('block_size')::int)::bigint",
        [f'landing."{table}"'],
    )
    pages = cursor.fetchall()[0][0]
    query = sql.SQL(
        """select string_agg(row_hash || ',"' || replace(row_key, '"', '""') || '"', e'\\n') from landing.{}"""
        " where ctid >= {}::tid and ctid < {}::tid and authority_code = {} and valid_to_date is null"
    )
    for start in range(0, pages, STRETCH_PAGES):
        # as literals and not parameters: so the server sees how few pages it must read
        places = (sql.Literal(f"({page},0)") for page in (start, start + STRETCH_PAGES))
        cursor.execute(query.format(sql.Identifier(table), *places, sql.Literal(authority_code)))
        text = cursor.fetchall()[0][0]
        if text is not None:
            yield text
