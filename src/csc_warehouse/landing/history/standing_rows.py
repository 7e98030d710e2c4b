"""The rows that stand, where they are too many for one answer: a stretch of the table at a time.

What the server gathers for an answer, and what is held of it here, is bounded by the stretch, however large the table
and whatever the server knows of it. Grouped by hash instead, it would choose by its statistics between sorting all rows
on disk and holding all of them in memory.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql

STRETCH_PAGES = 4_096
"""Pages of the table, of 8 kB, that are asked for at a time: some 10 MB of keys and hashes."""


def standing_texts(cursor: psycopg.Cursor, table: str, authority_code: str) -> Iterator[str]:
    """Yield lines of row_hash and quoted row_key for the rows that stand, of one authority.

    To be read under the lock of the source and authority: nobody else changes its rows meanwhile.
    """
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
        # written out, not given as parameters: the server is to see that it is a stretch, and read no more than that
        places = (sql.Literal(f"({page},0)") for page in (start, start + STRETCH_PAGES))
        cursor.execute(query.format(sql.Identifier(table), *places, sql.Literal(authority_code)))
        text = cursor.fetchall()[0][0]
        if text is not None:
            yield text
