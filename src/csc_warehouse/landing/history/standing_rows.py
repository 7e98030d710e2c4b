"""The rows of an entity that stand, as keys and hashes, a part of the table at a time.

By parts, what the server gathers for an answer and what is held of it here is bounded, however large the table is and
whatever the server knows of it. Grouped by hash, the server would choose by its statistics between sorting all rows on
disk and holding all of them in memory. To be read under the lock of the source and authority: nobody else changes its
rows meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from csc_warehouse.contracts.chain import Changes
from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.landing.reading.rows import HASH_WIDTH

if TYPE_CHECKING:
    import pyarrow as pa

SMALL_TEXT = 1024**2
"""Characters up to which Arrow's threads cost more than they save."""
STRETCH_PAGES = 4_096
"""Pages of the table, of 8 kB, that are read at a time: some 10 MB of keys and hashes."""
_JOINED = "select string_agg(row_hash, ''), string_agg(row_key, e'\\n')"
_QUOTED = """select string_agg(row_hash || ',"' || replace(row_key, '"', '""') || '"', e'\\n')"""
"""The same as lines of text, for keys that hold line breaks: it takes the server three times as long."""


def current_state(cursor: psycopg.Cursor, table: str, authority_code: str) -> pa.Table:
    """Return key and hash of every row that stands, of one authority; columns row_hash, row_key."""
    import pyarrow as pa

    return pa.concat_tables([_state_schema().empty_table(), *standing_states(cursor, table, authority_code)])


def _joined_table(hashes: str, keys: str) -> pa.Table | None:
    """Return key and hash of rows from all hashes, one after the other, and all keys, each on a line of its own.

    None where a key holds a line break, so that nobody knows where it ends.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = len(hashes) // HASH_WIDTH
    content = keys.encode() + b"\n"
    ends = np.flatnonzero(np.frombuffer(content, dtype=np.uint8) == ord("\n"))
    if len(ends) != rows:
        return None
    lines = _texts(content, np.concatenate(([0], ends + 1)))
    return pa.table(
        [_texts(hashes.encode(), np.arange(rows + 1) * HASH_WIDTH), pc.ascii_rtrim(lines, "\n")],
        schema=_state_schema(),
    )


def _texts(content: bytes, places: Any) -> pa.Array:
    """Return the texts that lie one after the other in some bytes, from each place up to the next."""
    import numpy as np
    import pyarrow as pa

    offsets = pa.py_buffer(places.astype(np.int32))
    return pa.Array.from_buffers(pa.string(), len(places) - 1, [None, offsets, pa.py_buffer(content)])


def _quoted_table(text: str) -> pa.Table:
    """Return key and hash of rows from lines of hash and key, the key in quotes."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    schema = _state_schema()
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


def standing_texts(
    cursor: psycopg.Cursor,
    table: str,
    authority_code: str,
    column: str,
    *,
    changes: Changes | None = None,
    since_year: int | None = None,
) -> tuple[pa.Array, pa.Array]:
    """Return the texts that a column has as sent, and how many rows that stand have each; not of rows taken back.

    since_year: only texts whose first four digits together are that year or a later one, for a column of dates.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    name = sql.Identifier(column)
    where = sql.SQL("authority_code = {} and valid_to_date is null and {} <> ''").format(
        sql.Literal(authority_code), name
    )
    if changes is not None:
        where += sql.SQL(" and landing.canonical_name({}) <> {}").format(
            sql.Identifier(changes.column), sql.Literal(canonical_name(changes.delete))
        )
    if since_year is not None:
        where += sql.SQL(" and substring({} from '[0-9]{{4}}') >= {}").format(name, sql.Literal(f"{since_year:04d}"))
    statement = sql.SQL(
        "copy (select {}, count(*) from landing.{} where {} group by 1) to stdout (format csv, force_quote *)"
    ).format(name, sql.Identifier(table), where)
    with cursor.copy(statement) as copy:
        content = b"".join(bytes(part) for part in copy)
    if not content:
        return pa.array([], pa.string()), pa.array([], pa.int64())
    found = arrow_csv.read_csv(
        pa.py_buffer(content),
        read_options=arrow_csv.ReadOptions(column_names=["text", "rows"]),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types={"text": pa.string(), "rows": pa.int64()}, strings_can_be_null=False, null_values=[]
        ),
    )
    return found.column("text").combine_chunks(), found.column("rows").combine_chunks()


def empty_state() -> pa.Table:
    """Return the state of an entity of which nothing stands."""
    return _state_schema().empty_table()


def standing_states(cursor: psycopg.Cursor, table: str, authority_code: str) -> Iterator[pa.Table]:
    """Yield key and hash of the rows that stand, of one authority, a part at a time; columns row_hash, row_key."""
    cursor.execute(
        "select (pg_relation_size(to_regclass(%s)) / current_setting('block_size')::int)::bigint",
        [f'landing."{table}"'],
    )
    pages = cursor.fetchall()[0][0]
    for start in range(0, pages, STRETCH_PAGES):
        # as literals and not parameters: so the server sees how few pages it must read
        places = [sql.Literal(f"({page},0)") for page in (start, start + STRETCH_PAGES)]
        part = sql.SQL(
            " from landing.{} where ctid >= {}::tid and ctid < {}::tid"
            " and authority_code = {} and valid_to_date is null"
        ).format(sql.Identifier(table), *places, sql.Literal(authority_code))
        # one value for all rows: each row costs the driver time
        cursor.execute(sql.SQL(_JOINED) + part)
        hashes, keys = cursor.fetchall()[0]
        if hashes is None:
            continue
        state = _joined_table(hashes, keys)
        if state is None:
            cursor.execute(sql.SQL(_QUOTED) + part)
            state = _quoted_table(cursor.fetchall()[0][0])
        yield state
