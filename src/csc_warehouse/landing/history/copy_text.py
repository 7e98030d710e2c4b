"""Rows in the text form of PostgreSQL's COPY, whole columns at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from csc_warehouse.landing.reading.number_keys import content_of
from csc_warehouse.landing.reading.rows_on_disk import SelectedRows

if TYPE_CHECKING:
    import pyarrow as pa

COPY_ROWS = 50_000
"""Rows that are written at a time."""


def texts_ahead(rows: pa.Table | SelectedRows, constants: Sequence[object]) -> Iterator[memoryview]:
    """Yield rows in COPY's text form, some at a time; the next are prepared while the server takes these."""
    parts = (
        part.slice(start, COPY_ROWS)
        for part in (rows.tables() if isinstance(rows, SelectedRows) else [rows])
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


def copy_text(rows: pa.Table, constants: Sequence[object] = ()) -> memoryview:
    """Return rows in COPY's text form, the same constants after each row's values; a blank value is never null."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    if rows.num_rows == 0:
        return memoryview(b"")
    repeated = [pa.repeat(str(constant), rows.num_rows) for constant in constants]
    table = pa.Table.from_arrays(
        [*rows.columns, *repeated], names=list(map(str, range(rows.num_columns + len(repeated))))
    )
    options = arrow_csv.WriteOptions(
        include_header=False, batch_size=rows.num_rows, delimiter="\t", quoting_style="none"
    )
    content = pa.BufferOutputStream()
    try:
        arrow_csv.write_csv(table, content, options)
    except pa.ArrowInvalid:
        # a value holds a character that has a meaning in such a text
        return _escaped_text(table)
    written = content.getvalue()
    return _escaped_text(table) if b"\\" in memoryview(written).tobytes() else memoryview(written)


def _escaped_text(table: pa.Table) -> memoryview:
    """Return rows in COPY's text form, whatever their values hold."""
    import pyarrow as pa

    columns = [_escaped(column.cast(pa.string()).combine_chunks()) for column in table.columns]
    return content_of(_ended([*columns, pa.repeat("\n", table.num_rows)])).data


def _ended(columns: list[pa.Array]) -> pa.Array:
    """Return rows whose last column is the line end alone, without a separator before it."""
    import pyarrow.compute as pc

    lines = pc.binary_join_element_wise(*columns[:-1], "\t") if len(columns) > 2 else columns[0]
    return pc.binary_join_element_wise(lines, columns[-1], "")


def _escaped(texts: pa.Array) -> pa.Array:
    """Return texts with those characters escaped to which COPY gives a meaning; a column without any stays as it is."""
    import pyarrow.compute as pc

    content = content_of(texts).tobytes()
    for sent, written in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        if sent.encode() in content:
            texts = pc.replace_substring(texts, sent, written)
    return texts
