"""A Parquet file as both of its readers open it: its columns against the contract, and its rows a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from csc_warehouse.contracts.model import NativeType
from csc_warehouse.contracts.native_types import IN_WORDS, is_agreed, native_type_of
from csc_warehouse.errors import shown
from csc_warehouse.landing.reading.header import Layout, extra_columns_notice, layout_of
from csc_warehouse.landing.reading.parquet_texts import plain_leaves
from csc_warehouse.landing.reading.rows import RowRules
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.parquet_safety import damaged, open_parquet

BATCH_ROWS = 50_000
"""Rows that are held at a time."""


@dataclass(frozen=True)
class ParquetColumns:
    """What a file holds of an entity's columns."""

    layout: Layout
    kinds: tuple[NativeType | None, ...]
    """The native type of each column of the contract, in its order; None: an optional one that the file lacks."""
    places: tuple[int, ...]
    """Where the columns of the contract that are there stand in the file."""


def open_columns(stream: BinaryIO, rules: RowRules, file_name: str, notices: list[str]) -> tuple[Any, ParquetColumns]:
    """Open a file and compare its columns with the contract; a notice names those that it does not know.

    Raises Refusal where the file does not open, lacks a column, or holds one in another type than was agreed.
    """
    with damaged(file_name):
        opened = open_parquet(stream)
        schema = opened.schema_arrow
    layout = layout_of(schema.names, rules.entity, file_name)
    notice = extra_columns_notice(layout, file_name)
    if notice:
        notices.append(notice)
    kinds: list[NativeType | None] = []
    for column, place in zip(rules.entity.columns, layout.positions, strict=True):
        if place is None:
            kinds.append(None)
            continue
        found = native_type_of(schema.field(place).type)
        if not is_agreed(column, found):
            raise Refusal(
                f"holds the column {column.name} as {shown(str(schema.field(place).type))[:100]}, where"
                f" {IN_WORDS[column.native_type]} was agreed",
                file_name=file_name,
                code="wrong_type",
            )
        kinds.append(found)
    places = tuple(place for place in layout.positions if place is not None)
    # texts as dictionaries: a long value that many rows have is held once
    with damaged(file_name):
        leaves = _leaves(opened.schema, {schema.names[place] for place in places})
        plain = plain_leaves(stream, opened, {place: path for place, path in leaves.items() if path in schema.names})
        file = open_parquet(stream, dictionaries=[path for path in leaves.values() if path not in plain])
    return file, ParquetColumns(layout, tuple(kinds), places)


def _leaves(schema: Any, names: set[str]) -> dict[int, str]:
    """Return the paths of those leaves of a schema that hold bytes, below columns of these names, by their places."""
    leaves = {place: schema.column(place) for place in range(len(schema.names))}
    return {
        place: leaf.path
        for place, leaf in leaves.items()
        if leaf.physical_type == "BYTE_ARRAY" and any(leaf.path == n or leaf.path.startswith(f"{n}.") for n in names)
    }


def batches(file: Any, columns: ParquetColumns, file_name: str) -> Iterator[tuple[int, list[Any]]]:
    """Yield the rows some at a time: the number of the first, and the contract's columns, None where one is absent."""
    names = file.schema_arrow.names
    wanted = [names[place] for place in columns.places]
    first = 1
    reading = file.iter_batches(batch_size=BATCH_ROWS, columns=wanted, use_threads=False)
    while True:
        with damaged(file_name):
            batch = next(reading, None)
        if batch is None:
            return
        found = {name: batch.column(place) for place, name in enumerate(batch.schema.names)}
        arrays = [None if place is None else found[names[place]] for place in columns.layout.positions]
        yield first, arrays
        first += batch.num_rows
