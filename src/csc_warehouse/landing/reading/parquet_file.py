"""A Parquet file as both of its readers open it: its columns against the contract, and its rows a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from csc_warehouse.contracts.model import NativeType
from csc_warehouse.contracts.native_types import IN_WORDS, is_agreed, native_type_of
from csc_warehouse.errors import shown
from csc_warehouse.landing.reading.header import Layout, extra_columns_notice, layout_of
from csc_warehouse.landing.reading.parquet_texts import (
    BATCH_ROWS,
    BATCH_TEXT_BYTES,
    GroupReading,
    readings_of,
)
from csc_warehouse.landing.reading.rows import RowRules
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.parquet_safety import damaged, open_parquet


@dataclass(frozen=True)
class ParquetColumns:
    """What a file holds of an entity's columns."""

    layout: Layout
    kinds: tuple[NativeType | None, ...]
    """The native type of each column of the contract, in its order; None: an optional one that the file lacks."""
    places: tuple[int, ...]
    """Where the columns of the contract that are there stand in the file."""


@dataclass(frozen=True)
class OpenedFile:
    """A file whose row groups are read one after the other, each in its own way."""

    stream: BinaryIO
    names: tuple[str, ...]
    groups: tuple[GroupReading, ...]


def open_columns(
    stream: BinaryIO, rules: RowRules, file_name: str, notices: list[str]
) -> tuple[OpenedFile, ParquetColumns]:
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
        groups = readings_of(stream, opened, leaves, file_name)
    return OpenedFile(stream, tuple(schema.names), tuple(groups)), ParquetColumns(layout, tuple(kinds), places)


def _leaves(schema: Any, names: set[str]) -> dict[int, str]:
    """Return the paths of those leaves of a schema that hold bytes, below columns of these names, by their places."""
    leaves = {place: schema.column(place) for place in range(len(schema.names))}
    return {
        place: leaf.path
        for place, leaf in leaves.items()
        if leaf.physical_type == "BYTE_ARRAY" and any(leaf.path == n or leaf.path.startswith(f"{n}.") for n in names)
    }


def batches(file: OpenedFile, columns: ParquetColumns, file_name: str) -> Iterator[tuple[int, list[Any]]]:
    """Yield the rows some at a time: the number of the first, and the contract's columns, None where one is absent.

    The rows of small row groups are put together, as a batch costs much the same whether it has few rows or many.
    """
    wanted = [file.names[place] for place in columns.places]
    first = 1
    held = _Held()
    reading = _group_batches(file, wanted)
    while True:
        with damaged(file_name):
            batch = next(reading, None)
            if batch is not None and held.takes(batch):
                held.add(batch)
                continue
            count, found = held.rows, held.take()
        if count:
            yield first, [None if place is None else found[file.names[place]] for place in columns.layout.positions]
            first += count
        if batch is None:
            return
        held.add(batch)


def _group_batches(file: OpenedFile, wanted: list[str]) -> Iterator[Any]:
    """Yield batches, none of which has rows of two row groups.

    The library has not implemented lists of texts whose dictionaries differ, as those of two row groups do.
    """
    opened, dictionaries = None, None
    for number, group in enumerate(file.groups):
        if opened is None or group.dictionaries != dictionaries:
            opened, dictionaries = open_parquet(file.stream, dictionaries=group.dictionaries), group.dictionaries
        yield from opened.iter_batches(
            batch_size=group.rows_at_once, row_groups=[number], columns=wanted, use_threads=False
        )


@dataclass
class _Held:
    """Batches that are put together."""

    rows: int = 0
    _size: int = 0
    _batches: list[Any] = field(default_factory=list)

    def takes(self, batch: Any) -> bool:
        """Tell whether a batch may be put to the others: rows and bytes are bounded, texts are read in the same way."""
        return not self._batches or (
            self.rows + batch.num_rows <= BATCH_ROWS
            and self._size + batch.nbytes <= BATCH_TEXT_BYTES
            and batch.schema.equals(self._batches[0].schema)
        )

    def add(self, batch: Any) -> None:
        """Put a batch to the others."""
        self._batches.append(batch)
        self.rows += batch.num_rows
        self._size += batch.nbytes

    def take(self) -> dict[str, Any]:
        """Return the columns of all by name, and begin anew."""
        import pyarrow as pa

        taken, self._batches, self.rows, self._size = self._batches, [], 0, 0
        if not taken:
            return {}
        names = taken[0].schema.names
        if len(taken) == 1:
            return {name: taken[0].column(place) for place, name in enumerate(names)}
        return {name: pa.concat_arrays([batch.column(place) for batch in taken]) for place, name in enumerate(names)}
