"""Rows of a file in whole columns: which can be read as they are, and which must be judged one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from csc_warehouse.contracts import canonical
from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.landing.reading.canonical_columns import ColumnReader
from csc_warehouse.landing.reading.rows import (
    HASH_WIDTH,
    KEY_JOINER,
    TEXT_TYPES,
    UNREADABLE_TYPES,
    VALUE_END,
    Block,
    RowRules,
    rows_schema,
)

if TYPE_CHECKING:
    import pyarrow as pa

FEW_ROWS = 5000
"""Up to so many rows, hashing them one by one costs less than starting a query engine."""


def judged_block(
    rules: RowRules,
    columns: ColumnReader,
    table: pa.Table,
    numbers: Any,
    *,
    known: Mapping[str, pa.Array] | None = None,
    is_suspect: Any = None,
) -> tuple[Block, Any]:
    """Return the rows that can be read as a block, and which of the table's rows must be judged one by one.

    table: the contract's columns as sent. numbers: the rows' record numbers. known: canonical texts that are known
    already, by column. is_suspect: rows that were found odd before.
    """
    import numpy as np
    import pyarrow as pa

    readable = {}
    suspect = np.zeros(table.num_rows, dtype=bool) if is_suspect is None else is_suspect.copy()
    for column in rules.entity.columns:
        values = flat(table.column(column.name))
        texts = known[column.name] if known and column.name in known else columns.read(column, values)
        readable[column.name] = texts
        suspect |= _suspects(column.type, column.max_length, values, texts)
    _suspect_keys(rules, readable, suspect)
    _suspect_values(rules, table, readable, suspect)
    key = _keys(rules, readable, numbers)
    digests = row_hashes(list(readable.values()))
    arrays = [flat(table.column(name)) for name in rules.entity.column_names]
    arrays += [pa.array(numbers, pa.int64()), key, digests]
    rows = pa.Table.from_arrays(arrays, schema=rows_schema(rules.entity))
    places = np.flatnonzero(suspect)
    if len(places):
        keep = pa.array(~suspect)
        rows = rows.filter(keep)
        readable = {name: texts.filter(keep) for name, texts in readable.items()}
    return Block(rows, readable), places


def _suspect_keys(rules: RowRules, readable: Mapping[str, pa.Array], suspect: Any) -> None:
    import pyarrow.compute as pc

    for part in rules.entity.key:
        _mark(suspect, pc.equal(readable[part], ""))
    is_deleted = None
    if rules.contract.changes is not None:
        said = readable[rules.contract.changes.column]
        is_deleted = pc.equal(said, canonical_name(rules.contract.changes.delete))
        is_upsert = pc.equal(said, canonical_name(rules.contract.changes.upsert))
        _mark(suspect, pc.invert(pc.or_(is_deleted, is_upsert)))
    if rules.contract.authority_column is not None:
        stated = readable[rules.contract.authority_column]
        is_other = pc.not_equal(stated, rules.authority_code)
        if is_deleted is not None:
            is_other = pc.and_not(is_other, pc.and_(is_deleted, pc.equal(stated, "")))
        _mark(suspect, is_other)


def _suspect_values(rules: RowRules, table: pa.Table, readable: Mapping[str, pa.Array], suspect: Any) -> None:
    """Mark rows that lack a needed value, are of a future day, state a total or hold a spreadsheet's error."""
    import pyarrow.compute as pc

    for column in rules.entity.columns:
        if column.is_needed:
            _mark(suspect, pc.equal(readable[column.name], ""))
        if rules.sheet_words is not None and column.type in TEXT_TYPES:
            is_odd = rules.sheet_words.is_no_value
            suspect |= _found(flat(table.column(column.name)), is_odd)
            if column.is_name:
                suspect |= _found(flat(table.column(column.name)), rules.sheet_words.is_total)
    if rules.entity.day is not None:
        _mark(suspect, pc.greater(readable[rules.entity.day], rules.business_date.isoformat()))


def _keys(rules: RowRules, readable: Mapping[str, pa.Array], numbers: Any) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [readable[part] for part in rules.entity.key]
    if not parts:
        return pa.array(numbers, pa.int64()).cast(pa.string())
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, KEY_JOINER)


def flat(column: Any) -> pa.Array:
    """Return a column as one array."""
    import pyarrow as pa

    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _suspects(kind: str, max_length: int, values: pa.Array, texts: pa.Array) -> Any:
    """Return which rows cannot be read because of the values of one column."""
    import numpy as np
    import pyarrow.compute as pc

    suspect = np.zeros(len(values), dtype=bool)
    if kind in UNREADABLE_TYPES:
        _mark(suspect, pc.equal(texts, canonical.UNREADABLE))
    # a text has at least as many bytes as characters, and counting bytes is cheap
    if (pc.max(pc.binary_length(values)).as_py() or 0) > max_length:
        _mark(suspect, pc.greater(pc.utf8_length(values), max_length))
    return suspect


def _found(values: pa.Array, is_odd: Callable[[str], bool]) -> Any:
    """Return for which values a question has the answer yes; each distinct text is asked about once."""
    import numpy as np

    encoded = values.dictionary_encode()
    answers = np.array([is_odd(text) for text in encoded.dictionary.to_pylist()], dtype=bool)
    return (
        answers[encoded.indices.to_numpy(zero_copy_only=False)] if len(answers) else np.zeros(len(values), dtype=bool)
    )


def _mark(suspect: Any, found: pa.Array) -> None:
    suspect |= found.to_numpy(zero_copy_only=False)


def row_hashes(columns: Sequence[pa.Array]) -> pa.Array:
    """Return the digest of each row's canonical texts, as RowRules.row_hash gives it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # trimmed by bytes, which is many times as fast: the mark is one byte, and no part of another character
    joined = pc.ascii_rtrim(pc.binary_join_element_wise(*columns, VALUE_END), VALUE_END)
    if len(joined) > FEW_ROWS:
        return _md5_by_engine(joined)
    md5 = partial(hashlib.md5, usedforsecurity=False)
    digests = b"".join([md5(row).digest()[: HASH_WIDTH // 2] for row in joined.cast(pa.binary()).to_pylist()]).hex()
    return _fixed_width(digests, len(joined), HASH_WIDTH)


def _md5_by_engine(texts: pa.Array) -> pa.Array:
    import pyarrow as pa

    # a cursor of its own: several files are read at the same time
    connection = _engine().cursor()
    connection.register("hashed_rows", pa.table({"text": texts}))
    try:
        return flat(
            connection.sql(f"select left(md5(text), {HASH_WIDTH}) as digest from hashed_rows")
            .to_arrow_table()
            .column("digest")
        )
    finally:
        connection.unregister("hashed_rows")


@cache
def _engine() -> Any:
    import duckdb

    return duckdb.connect(":memory:", config={"preserve_insertion_order": True, "autoinstall_known_extensions": False})


def _fixed_width(text: str, count: int, width: int) -> pa.Array:
    """Return a text cut into pieces of one width, as an array."""
    import numpy as np
    import pyarrow as pa

    offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(text.encode())]
    return pa.Array.from_buffers(pa.string(), count, buffers)
