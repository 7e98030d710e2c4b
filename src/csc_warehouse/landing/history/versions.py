"""Row history: each version of each row once, with the business dates [from, to) for which its source said so."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from csc_warehouse.landing.history import tables
from csc_warehouse.landing.history.standing_rows import standing_texts
from csc_warehouse.landing.reading.rows_on_disk import Selection, Spill, SpilledKeys

if TYPE_CHECKING:
    import pyarrow as pa

    from csc_warehouse.landing.reading.entity_rows import LoadedEntity

COPY_ROWS = 50_000
FEW_KEYS = 20_000
"""Up to so many keys travel with the statement; more are put into a table first."""
SMALL_TEXT = 1024**2
"""Up to so many characters, Arrow's threads cost more than they save."""
MANY_ROWS = 10_000
"""From so many rows on, filling an empty table and then making its index costs less than filling both."""


@dataclass
class EntityChange:
    """What a delivery changes in one entity's history."""

    written: pa.Table | Selection
    """Rows that are new or changed."""
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    closed: pa.Array | SpilledKeys
    """Keys whose present version ends: changed and vanished ones."""
    vanished: pa.Array | SpilledKeys
    standing_keys: pa.ChunkedArray | None
    """Keys that stood before the delivery; None where the file was not read, as they stand unchanged."""


def current_state(cursor: psycopg.Cursor, table: str, authority_code: str) -> pa.Table:
    """Return key and hash of every row that stands, of one authority; columns row_hash, row_key."""
    # read at once: each start of Arrow's reader costs as much as some thousand rows
    return _state_table("\n".join(_state_texts(cursor, table, authority_code)))


def _state_texts(cursor: psycopg.Cursor, table: str, authority_code: str) -> Iterator[str]:
    # one value per group of hashes: the driver takes its time for each row, and a value may hold a gigabyte
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


def empty_state() -> pa.Table:
    """Return the state of an entity of which nothing stands."""
    return _state_schema().empty_table()


def no_change(loaded: LoadedEntity) -> EntityChange:
    """Return the change that a file brings which is, byte for byte, the one of before."""
    import pyarrow as pa

    nothing = pa.array([], pa.string())
    return EntityChange(loaded.rows, 0, 0, loaded.accepted_count, nothing, nothing, None)


def compare(loaded: LoadedEntity, state: pa.Table, *, is_full: bool) -> EntityChange:
    """Set a delivery's rows against those that stand: new, changed, unchanged, and in a full those that vanished."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = loaded.rows
    nothing = pa.array([], pa.string())
    if state.num_rows == 0:
        return EntityChange(rows, rows.num_rows, 0, loaded.erased, nothing, nothing, state.column("row_key"))
    keys = rows.column("row_key").combine_chunks()
    known_keys = state.column("row_key").combine_chunks()
    places = pc.index_in(keys, value_set=known_keys)
    is_new = pc.is_null(places)
    known_hashes = state.column("row_hash").combine_chunks().take(places)
    differs = pc.fill_null(pc.not_equal(known_hashes, rows.column("row_hash").combine_chunks()), fill_value=True)
    is_changed = pc.and_(differs, pc.invert(is_new))
    vanished = nothing
    if is_full:
        # a key was looked for once already: what was found stays
        found = np.zeros(len(known_keys), dtype=bool)
        found[places.drop_null().to_numpy()] = True
        stays = pa.array(found)
        protected = loaded.protected_keys()
        if protected:
            stays = pc.or_(stays, pc.is_in(known_keys, value_set=pa.array(protected, pa.string())))
        vanished = known_keys.filter(pc.invert(stays))
    rows_new = pc.sum(is_new).as_py() or 0
    rows_changed = pc.sum(is_changed).as_py() or 0
    return EntityChange(
        written=rows.filter(differs),
        rows_new=rows_new,
        rows_changed=rows_changed,
        # what an erased child's row says changes nothing
        rows_unchanged=rows.num_rows - rows_new - rows_changed + loaded.erased,
        closed=pa.concat_arrays([keys.filter(is_changed), vanished]),
        vanished=vanished,
        standing_keys=state.column("row_key"),
    )


def compare_spilled(
    spill: Spill, loaded: LoadedEntity, cursor: psycopg.Cursor, table: str, authority_code: str, *, is_full: bool
) -> EntityChange:
    """Do the same for rows on disk, as compare does for those in memory."""
    import pyarrow as pa

    nothing = pa.array([], pa.string())
    if not spill.add_standing(_state_table(text) for text in standing_texts(cursor, table, authority_code)):
        spill.rest()
        return EntityChange(spill.everything(), spill.num_rows, 0, loaded.erased, nothing, nothing, None)
    written, rows_new, rows_changed = spill.differing()
    changed = spill.changed_keys()
    protected = (row.row_key for row in loaded.quarantined if row.row_key is not None)
    vanished = spill.vanished_keys(protected) if is_full else nothing
    spill.rest()
    return EntityChange(
        written=written,
        rows_new=rows_new,
        rows_changed=rows_changed,
        rows_unchanged=spill.num_rows - rows_new - rows_changed + loaded.erased,
        closed=changed + vanished if isinstance(vanished, SpilledKeys) else changed,
        vanished=vanished,
        standing_keys=None,
    )


def apply(
    cursor: psycopg.Cursor,
    table: str,
    change: EntityChange,
    *,
    authority_code: str,
    business_date: datetime.date,
    delivery_id: int,
) -> None:
    """End the versions that ended and add those that began, on a business date."""
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
    keys: pa.Array | SpilledKeys,
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
        # a table that was filled a moment ago has no statistics: a join would be planned as if it were empty
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
    rows: pa.Table | Selection,
    *,
    authority_code: str,
    business_date: datetime.date,
    delivery_id: int,
) -> None:
    """Add rows that are valid from a business date until further notice, by COPY."""
    if rows.num_rows == 0:
        return
    constants = {"authority_code": authority_code, "valid_from_date": business_date, "delivery_id": delivery_id}
    statement = sql.SQL("copy landing.{} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, [*rows.column_names, *constants]))
    )
    is_first = rows.num_rows >= MANY_ROWS and _is_empty(cursor, table)
    if is_first:
        tables.drop_version_index(cursor, table)
    with cursor.copy(statement) as copy:
        for text in _texts_ahead(rows, list(constants.values())):
            copy.write(text)
    if is_first:
        tables.create_version_index(cursor, table)


def _texts_ahead(rows: pa.Table | Selection, constants: Sequence[object]) -> Iterator[memoryview]:
    """Yield rows in COPY's text form, the next ones being written while the server takes these."""
    parts = (
        part.slice(start, COPY_ROWS)
        for part in (rows.tables() if isinstance(rows, Selection) else [rows])
        for start in range(0, part.num_rows, COPY_ROWS)
    )
    with ThreadPoolExecutor(max_workers=1) as beside:
        coming: Future[memoryview] | None = None
        for part in parts:
            following = beside.submit(copy_text, part, constants)
            if coming is not None:
                yield coming.result()
            coming = following
        if coming is not None:
            yield coming.result()


def _is_empty(cursor: psycopg.Cursor, table: str) -> bool:
    cursor.execute(sql.SQL("select not exists (select from landing.{})").format(sql.Identifier(table)))
    return bool(cursor.fetchall()[0][0])


def copy_text(rows: pa.Table, constants: Sequence[object] = ()) -> memoryview:
    """Return rows in COPY's text form, the same constants after each row's values; blank is blank and never null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [_escaped(column.cast(pa.string()).combine_chunks()) for column in rows.columns]
    columns.append(pa.repeat("\t".join(map(str, constants)) + "\n", rows.num_rows))
    lines = pc.binary_join_element_wise(*columns, "\t") if constants else _ended(columns)
    return _content(lines)


def _ended(columns: list[pa.Array]) -> pa.Array:
    """Return rows whose last column is the line end alone, without a separator before it."""
    import pyarrow.compute as pc

    lines = pc.binary_join_element_wise(*columns[:-1], "\t") if len(columns) > 2 else columns[0]
    return pc.binary_join_element_wise(lines, columns[-1], "")


def _escaped(texts: pa.Array) -> pa.Array:
    """Return texts with what COPY gives a meaning to written out; columns that hold none of it are left as they are."""
    import pyarrow.compute as pc

    content = bytes(_content(texts))
    for sent, written in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        if sent.encode() in content:
            texts = pc.replace_substring(texts, sent, written)
    return texts


def _content(texts: pa.Array) -> memoryview:
    """Return the bytes of an array's texts, one after the other as they lie in memory."""
    import numpy as np

    _, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(data)[int(places[0]) : int(places[-1])]


def load_keys(cursor: psycopg.Cursor, keys: pa.Array | SpilledKeys) -> None:
    """Put keys into a temporary table for set-wise work, replacing those of before."""
    import pyarrow as pa

    cursor.execute(
        'create temporary table if not exists landing_keys (row_key text collate "C" not null) on commit delete rows;'
        "truncate pg_temp.landing_keys"
    )
    with cursor.copy("copy pg_temp.landing_keys (row_key) from stdin") as copy:
        for some in _arrays(keys):
            copy.write(copy_text(pa.table({"row_key": some})))
    cursor.execute("analyze pg_temp.landing_keys")


def _arrays(keys: pa.Array | SpilledKeys) -> Iterator[pa.Array]:
    return keys.arrays() if isinstance(keys, SpilledKeys) else iter([keys])


def count_standing_on(
    cursor: psycopg.Cursor, table: str, authority_code: str, keys: pa.Array | SpilledKeys, day: datetime.date
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


def truncate_from(cursor: psycopg.Cursor, table: str, authority_code: str, business_date: datetime.date) -> None:
    """Take an authority's history back to what stood before a business date."""
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
    """Take out the rows of one return, which another one for the same business date replaces."""
    cursor.execute(
        sql.SQL("delete from landing.{} where delivery_id = %s").format(sql.Identifier(table)), [delivery_id]
    )
