"""What is counted of the rows of one file while it is read: blanks, unlisted codes, future dates, references."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from csc_warehouse.contracts.agreed_codes import agreed_codes
from csc_warehouse.contracts.canonical import future_from
from csc_warehouse.contracts.model import MULTIPLE
from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.landing.reading.number_keys import as_numbers
from csc_warehouse.landing.reading.rows import Block, RowRules

if TYPE_CHECKING:
    import pyarrow as pa


MANY_COUNTS = 500_000
"""Counts of referenced values that are kept in memory before they are added up, or put on disk."""
FUTURE_DATES = "future_date_count"


class Measure(NamedTuple):
    """One number about an entity (column_name blank) or one of its columns."""

    entity: str
    column_name: str
    measure: str
    value: float


class RowMeasures:
    """Counts over the readable rows of one entity's file, block by block; their numbers are measures for the door."""

    def __init__(self, rules: RowRules, folder: Path | None = None) -> None:
        """Take the entity's rules, and a folder for what is too much for memory; without one all stays in memory."""
        self._rules = rules
        self._folder = folder
        self._on_disk: dict[str, Any] = {}
        self.rows = 0
        self.blank: Counter[str] = Counter()
        self.future: Counter[str] = Counter()
        self.unlisted: dict[str, Counter[str]] = {}
        self.references: dict[str, list[pa.Array]] = {}
        self._agreed = {
            column.name: agreed
            for column in rules.entity.columns
            if (agreed := agreed_codes(rules.contract, column)) is not None
        }

    def add(self, block: Block) -> None:
        """Count a block's rows."""
        import pyarrow.compute as pc

        rules = self._rules
        readable, rows = self._standing(block)
        self.rows += rows
        if rows == 0:
            return
        for column in rules.entity.columns:
            values = readable.get(column.name)
            if values is None:
                continue
            self.blank[column.name] += pc.sum(pc.equal(values, "")).as_py() or 0
            if column.type in ("date", "time") and not column.may_be_future:
                limit = future_from(column, rules.contract.text, rules.business_date)
                self.future[column.name] += pc.sum(pc.greater_equal(values, limit)).as_py() or 0
            if column.name in self._agreed:
                self._count_unlisted(column.name, column.is_multiple, values)
            if column.references is not None:
                self._count_references(column.name, pc.value_counts(values))

    def _standing(self, block: Block) -> tuple[dict[str, pa.ChunkedArray | pa.Array], int]:
        """Return the canonical texts of rows that stand, and how many: one that was taken back says nothing else."""
        import pyarrow.compute as pc

        changes = self._rules.contract.changes
        if changes is None or block.rows.num_rows == 0:
            return block.canonical, block.rows.num_rows
        stands = pc.not_equal(block.canonical[changes.column], canonical_name(changes.delete))
        return {name: values.filter(stands) for name, values in block.canonical.items()}, pc.sum(stands).as_py() or 0

    def _count_references(self, name: str, counted: pa.Array) -> None:
        import pyarrow as pa

        kept = self.references.setdefault(name, [])
        kept.append(counted)
        if sum(map(len, kept)) <= MANY_COUNTS:
            return
        values, rows = self._in_memory(name)
        if self._folder is not None:
            counts = pa.table({"values": values, "counts": rows})
            if name not in self._on_disk:
                options = pa.ipc.IpcWriteOptions(compression="lz4")
                path = str(self._folder / f"named-{name}.arrows")
                self._on_disk[name] = pa.ipc.new_stream(path, counts.schema, options=options)
            self._on_disk[name].write_table(counts)
            kept.clear()
        else:
            summed = pa.table({"values": values, "counts": rows}).group_by("values").aggregate([("counts", "sum")])
            fields = {"values": summed.column("values"), "counts": summed.column("counts_sum")}
            arrays = [column.combine_chunks() for column in fields.values()]
            self.references[name] = [pa.StructArray.from_arrays(arrays, names=list(fields))]

    def named(self, name: str) -> Iterator[tuple[pa.Array, pa.Array]]:
        """Yield the values by which a column refers to records, and how many rows have each; a value may come twice."""
        import pyarrow as pa

        if self._folder is not None and name in self._on_disk:
            self._on_disk[name].close()
            with pa.OSFile(str(self._folder / f"named-{name}.arrows")) as file, pa.ipc.open_stream(file) as reader:
                for batch in reader:
                    yield batch.column("values"), batch.column("counts")
        yield self._in_memory(name)

    def _in_memory(self, name: str) -> tuple[pa.Array, pa.Array]:
        import pyarrow as pa

        counted = self.references.get(name, [])
        values = [pa.array([], pa.string()), *(counts.field("values") for counts in counted)]
        rows = [pa.array([], pa.int64()), *(counts.field("counts") for counts in counted)]
        return pa.concat_arrays(values), pa.concat_arrays(rows)

    def _count_unlisted(self, name: str, is_multiple: bool, values: pa.Array) -> None:
        import pyarrow.compute as pc

        agreed = self._agreed[name]
        for item in pc.value_counts(values).to_pylist():
            parts = item["values"].split(MULTIPLE) if is_multiple else [item["values"]]
            for part in parts:
                if part and part not in agreed:
                    self.unlisted.setdefault(name, Counter())[part] += item["counts"]

    def column_measures(self) -> Iterable[Measure]:
        """Yield the measures of columns: shares of blanks, unlisted codes, dates in the future."""
        entity = self._rules.entity
        for column in entity.columns:
            share = self.blank[column.name] / self.rows if self.rows else 0.0
            yield Measure(entity.name, column.name, "null_share", share)
            if column.name in self._agreed:
                total = sum(self.unlisted.get(column.name, Counter()).values())
                yield Measure(entity.name, column.name, "unknown_code_count", float(total))
            if column.type in ("date", "time") and not column.may_be_future:
                yield Measure(entity.name, column.name, FUTURE_DATES, float(self.future[column.name]))


def count_missing(named: Iterable[Iterable[tuple[pa.Array, pa.Array]]], known: pa.Array) -> list[int]:
    """Return for each column how many rows name a record that is not among the known keys.

    named: for each column the values by which its rows name records, and how many rows have each. All columns are
    looked up together, as preparing the keys costs more than looking them up.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [(place, values, rows) for place, column in enumerate(named) for values, rows in column]
    values = pa.concat_arrays([pa.array([], pa.string()), *(values for _, values, _ in parts)])
    is_missing = _lacks(values, known)
    counts = [0] * (1 + max((place for place, _, _ in parts), default=-1))
    start = 0
    for place, values_named, rows in parts:
        found = is_missing.slice(start, len(values_named))
        counts[place] += int(pc.sum(pc.filter(rows, found)).as_py() or 0)
        start += len(values_named)
    return counts


def _lacks(values: pa.Array, known: pa.Array) -> pa.Array:
    """Return which values are not blank and not among known keys."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    is_named = pc.not_equal(values, "")
    numbers, keys = as_numbers(values.filter(is_named)), as_numbers(known)
    if numbers is None or keys is None:
        return pc.and_(pc.invert(pc.is_in(values, value_set=known)), is_named)
    lacks = is_named.to_numpy(zero_copy_only=False).copy()
    lacks[lacks] = ~np.isin(numbers, keys)
    return pa.array(lacks)
