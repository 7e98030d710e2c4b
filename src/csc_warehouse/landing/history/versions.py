"""Row history: each version of each row once, with the business dates [from, to) for which its source said so."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from csc_warehouse.landing.history import tables
from csc_warehouse.landing.history.comparison import EntityChange
from csc_warehouse.landing.history.copy_text import copy_text, texts_ahead
from csc_warehouse.landing.reading.rows_on_disk import KeysOnDisk, SelectedRows

if TYPE_CHECKING:
    import pyarrow as pa

FEW_KEYS = 20_000
"""Up to so many keys are sent with the statement; more are put into a table first."""
MANY_ROWS = 10_000
"""From so many rows on, filling an empty table and then making its index costs less than filling both."""


def apply(
    cursor: psycopg.Cursor,
    table: str,
    change: EntityChange,
    *,
    authority_code: str,
    business_date: datetime.date,
    delivery_id: int,
) -> None:
    """Write what a delivery changes: end versions and add new ones, on its business date."""
    if len(change.closed):
        close_versions(cursor, table, change.closed, authority_code=authority_code, business_date=business_date)
    write_rows(
        cursor,
        table,
        change.written,
        authority_code=authority_code,
        business_date=business_date,
        delivery_id=delivery_id,
    )


def close_versions(
    cursor: psycopg.Cursor,
    table: str,
    keys: pa.Array | KeysOnDisk,
    *,
    authority_code: str,
    business_date: datetime.date,
) -> None:
    """End the present versions of these keys on a business date."""
    update = sql.SQL(
        "update landing.{} as history set valid_to_date = %s {} history.authority_code = %s"
        " and history.valid_to_date is null and history.row_key = {}"
    )
    values: list[object] = [business_date, authority_code]
    if len(keys) <= FEW_KEYS:
        # a table that was just filled has no statistics yet: a join would be planned as if it were empty
        statement = update.format(sql.Identifier(table), sql.SQL("where"), sql.SQL("any(%s::text[])"))
        cursor.execute(statement, [*values, [key for some in _arrays(keys) for key in some.to_pylist()]])
        return
    load_keys(cursor, keys)
    cursor.execute("set local enable_nestloop = off")
    joined = sql.SQL("from pg_temp.landing_keys as closed where")
    cursor.execute(update.format(sql.Identifier(table), joined, sql.SQL("closed.row_key")), values)
    cursor.execute("set local enable_nestloop = on")


def write_rows(
    cursor: psycopg.Cursor,
    table: str,
    rows: pa.Table | SelectedRows,
    *,
    authority_code: str,
    business_date: datetime.date,
    delivery_id: int,
) -> None:
    """Add rows that are valid from a business date until further notice, by COPY."""
    if rows.num_rows == 0:
        return
    constants = {"authority_code": authority_code, "valid_from_date": business_date, "delivery_id": delivery_id}
    if rows.num_rows >= MANY_ROWS and _is_empty(cursor, table) and tables.lock_alone(cursor, table):
        _fill(cursor, table, rows, constants)
    else:
        _copy(cursor, table, rows, constants)


def _fill(cursor: psycopg.Cursor, table: str, rows: pa.Table | SelectedRows, constants: Mapping[str, object]) -> None:
    """Copy rows into an empty table that is this transaction's alone; its index is made afterwards.

    What all rows share is a default meanwhile, which the server need not read anew with each row.
    """
    tables.drop_version_index(cursor, table)
    tables.set_defaults(cursor, table, constants)
    _copy(cursor, table, rows, {})
    tables.set_defaults(cursor, table, dict.fromkeys(constants))
    tables.create_version_index(cursor, table)


def _copy(cursor: psycopg.Cursor, table: str, rows: pa.Table | SelectedRows, constants: Mapping[str, object]) -> None:
    statement = sql.SQL("copy landing.{} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, [*rows.column_names, *constants]))
    )
    with cursor.copy(statement) as copy:
        for text in texts_ahead(rows, list(constants.values())):
            copy.write(text)


def _is_empty(cursor: psycopg.Cursor, table: str) -> bool:
    cursor.execute(sql.SQL("select not exists (select from landing.{})").format(sql.Identifier(table)))
    return bool(cursor.fetchall()[0][0])


def load_keys(cursor: psycopg.Cursor, keys: pa.Array | KeysOnDisk) -> None:
    """Put keys into a temporary table for statements over many rows, replacing those of before."""
    import pyarrow as pa

    cursor.execute(
        'create temporary table if not exists landing_keys (row_key text collate "C" not null) on commit delete rows;'
        "truncate pg_temp.landing_keys"
    )
    with cursor.copy("copy pg_temp.landing_keys (row_key) from stdin") as copy:
        for some in _arrays(keys):
            copy.write(copy_text(pa.table({"row_key": some})))
    cursor.execute("analyze pg_temp.landing_keys")


def _arrays(keys: pa.Array | KeysOnDisk) -> Iterator[pa.Array]:
    return keys.arrays() if isinstance(keys, KeysOnDisk) else iter([keys])


def count_standing_on(
    cursor: psycopg.Cursor, table: str, authority_code: str, keys: pa.Array | KeysOnDisk, day: datetime.date
) -> int:
    """Return how many of these keys stood on a business date."""
    load_keys(cursor, keys)
    cursor.execute(
        sql.SQL(
            "select count(*) from landing.{} as history join pg_temp.landing_keys as wanted using (row_key)"
            " where history.authority_code = %s and history.valid_from_date <= %s"
            " and (history.valid_to_date is null or history.valid_to_date > %s)"
        ).format(sql.Identifier(table)),
        [authority_code, day, day],
    )
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def standing_among(cursor: psycopg.Cursor, table: str, authority_code: str, keys: list[str]) -> frozenset[str]:
    """Return which of these keys stand."""
    cursor.execute(
        sql.SQL(
            "select row_key from landing.{} where authority_code = %s and valid_to_date is null and row_key = any(%s)"
        ).format(sql.Identifier(table)),
        [authority_code, keys],
    )
    return frozenset(row[0] for row in cursor.fetchall())


def truncate_from(cursor: psycopg.Cursor, table: str, authority_code: str, business_date: datetime.date) -> None:
    """Take an authority's history of one entity back to what stood before a business date."""
    name = sql.Identifier(table)
    cursor.execute(
        sql.SQL("delete from landing.{} where authority_code = %s and valid_from_date >= %s").format(name),
        [authority_code, business_date],
    )
    cursor.execute(
        sql.SQL("update landing.{} set valid_to_date = null where authority_code = %s and valid_to_date >= %s").format(
            name
        ),
        [authority_code, business_date],
    )


def remove_delivery(cursor: psycopg.Cursor, table: str, delivery_id: int) -> None:
    """Remove the rows of one return, which another one for the same business date replaces."""
    cursor.execute(
        sql.SQL("delete from landing.{} where delivery_id = %s").format(sql.Identifier(table)), [delivery_id]
    )
