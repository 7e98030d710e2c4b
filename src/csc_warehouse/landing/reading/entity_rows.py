"""The rows of one entity's file, read and not yet merged: accepted, quarantined, and what is counted of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from csc_warehouse.contracts.model import Entity
from csc_warehouse.contracts.sheets import SheetLimits
from csc_warehouse.landing.reading.corporate_return import read_return
from csc_warehouse.landing.reading.csv_readers import CsvReader
from csc_warehouse.landing.reading.quarantined_rows import QuarantinedRows
from csc_warehouse.landing.reading.row_measures import RowMeasures
from csc_warehouse.landing.reading.row_notices import RowNotices
from csc_warehouse.landing.reading.rows import (
    Block,
    QuarantinedRow,
    RowRules,
    duplicate_key,
    printable_raw,
    rows_schema,
)
from csc_warehouse.landing.reading.rows_on_disk import LARGE_CHUNK, RowsOnDisk
from csc_warehouse.landing.reading.vectorised_csv import CHUNK, read_vectorised
from csc_warehouse.landing.reading.vectorised_parquet import read_parquet
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.verified import EntityFile

if TYPE_CHECKING:
    import pyarrow as pa


class ErasedRows(Protocol):
    """Knows which rows are of erased children."""

    def without_erased(self, entity: Entity, block: Block) -> tuple[Block, int]:
        """Return a block without the rows of erased children, and how many those were."""


@dataclass
class EntityRows:
    """What one entity's file brought."""

    file: EntityFile
    rules: RowRules
    rows: pa.Table
    """Accepted rows: as sent, record_number, row_key, row_hash."""
    quarantined: list[QuarantinedRow] | QuarantinedRows
    notices: list[str] = field(default_factory=list)
    measures: RowMeasures | None = None
    unread_rows: int | None = None
    """Rows of a file that was not read, as it is the same as before; None where it was read."""
    erased: int = 0
    """Rows of erased children: accepted, and not kept."""
    said: RowNotices | None = None
    """What its rows say of themselves; None where the file was not read, or they say nothing."""
    on_disk: RowsOnDisk | None = None
    """Where the rows are if they are on disk; `rows` is empty then."""

    @property
    def kept_count(self) -> int:
        """Return how many rows are kept, in memory or on disk."""
        return self.on_disk.num_rows if self.on_disk is not None else int(self.rows.num_rows)

    @property
    def accepted_count(self) -> int:
        """Return how many rows were accepted."""
        return self.kept_count + self.erased if self.unread_rows is None else self.unread_rows

    @property
    def row_count(self) -> int:
        """Return how many rows the file has, accepted and quarantined."""
        return self.accepted_count + len(self.quarantined)

    def protected_keys(self) -> list[str]:
        """Return the keys of quarantined rows that could be read: their earlier versions have not vanished."""
        return [row.row_key for row in self.quarantined if row.row_key is not None]

    def close(self) -> None:
        """Remove what lies on disk."""
        if self.on_disk is not None:
            self.on_disk.close()


def read_entity(
    file: EntityFile,
    rules: RowRules,
    erased_rows: ErasedRows,
    *,
    is_return: bool,
    with_measures: bool = True,
    disk_folder: Path | None = None,
    sheet_limits: SheetLimits | None = None,
) -> EntityRows:
    """Read one entity's file, and keep no row of an erased child; rows go to disk where a folder is given for them.

    Raises Refusal where it has no header, lacks a column, is cut off, or holds another number of rows than was stated.
    """
    on_disk = None if disk_folder is None else RowsOnDisk(disk_folder, rows_schema(rules.entity))
    folder = None if on_disk is None else on_disk.folder
    entity = EntityRows(
        file,
        rules,
        rows_schema(rules.entity).empty_table(),
        [] if folder is None else QuarantinedRows(folder),
        measures=RowMeasures(rules, folder) if with_measures else None,
        said=RowNotices(rules.contract) if with_measures and rules.contract.former is not None else None,
        on_disk=on_disk,
    )
    with file.open() as stream:
        _take_in(entity, _blocks(stream, entity, is_return=is_return, sheet_limits=sheet_limits), erased_rows)
    _require_stated_rows(entity)
    later = _take_out_doubled(entity) if on_disk is None else on_disk.take_out_doubled()
    if on_disk is not None:
        on_disk.release_memory()
    _quarantine_doubled(entity, later)
    if isinstance(entity.quarantined, list):
        entity.quarantined.sort(key=lambda row: row.record_number)
    return entity


def _blocks(
    stream: BinaryIO, entity: EntityRows, *, is_return: bool, sheet_limits: SheetLimits | None
) -> Iterator[Block]:
    if is_return:
        return read_return(stream, entity.rules, entity.file.file_name, entity.notices, sheet_limits)
    if entity.rules.has_native_types:
        return read_parquet(stream, entity.rules, entity.file.file_name, entity.notices)
    read: CsvReader = partial(read_vectorised, chunk=CHUNK if entity.on_disk is None else LARGE_CHUNK)
    return read(stream, entity.rules, entity.file.file_name, entity.notices)


def _take_in(entity: EntityRows, blocks: Iterable[Block], erased_rows: ErasedRows) -> None:
    """Take a file's rows in, block by block, in the file's order."""
    import pyarrow as pa

    tables: list[pa.Table] = []
    for whole in blocks:
        block, count = erased_rows.without_erased(entity.rules.entity, whole)
        entity.erased += count
        entity.quarantined.extend(block.quarantined)
        if entity.measures is not None:
            entity.measures.add(block)
        if entity.said is not None:
            entity.said.add(block)
        if entity.on_disk is None:
            tables.append(block.rows)
        else:
            entity.on_disk.add(block.rows)
    if entity.said is not None:
        entity.notices.extend(entity.said.sentences(entity.file.file_name))
    if tables:
        entity.rows = pa.concat_tables(tables)
    if not _is_in_order(entity.rows):
        entity.rows = entity.rows.sort_by("record_number")


def unread_entity(file: EntityFile, rules: RowRules, rows: int, erased: int) -> EntityRows:
    """Return an entity whose file is known byte for byte, without reading it.

    Raises Refusal where another number of rows was stated than it is known to hold.
    """
    entity = EntityRows(file, rules, rows_schema(rules.entity).empty_table(), [], unread_rows=rows, erased=erased)
    _require_stated_rows(entity)
    return entity


def _is_in_order(rows: pa.Table) -> bool:
    """Tell whether rows are in the file's order; one that was judged on its own comes after its neighbours."""
    import numpy as np

    return bool((np.diff(rows.column("record_number").to_numpy()) > 0).all())


def _require_stated_rows(entity: EntityRows) -> None:
    stated, rows = entity.file.declared_rows, entity.row_count
    if stated is None or stated == rows:
        return
    reason = f"holds {rows} rows where {stated} were stated in the {entity.file.declared_in}"
    if rows < stated and not entity.rules.has_native_types and not _ends_with_its_line(entity.file):
        # the header is the first record
        reason += f", and breaks off within record {rows + 1}: it was cut off"
        raise Refusal(reason, file_name=entity.file.file_name, code="cut_off")
    raise Refusal(reason, file_name=entity.file.file_name, code="row_count")


def _ends_with_its_line(file: EntityFile) -> bool:
    last = b"\n"
    with file.open() as stream:
        while chunk := stream.read(CHUNK):
            last = chunk[-1:]
    return last == b"\n"


def _take_out_doubled(entity: EntityRows) -> list[dict[str, Any]]:
    """Keep the first readable row of each key and return the later ones (deliveries.md section 7, Rows)."""
    import numpy as np
    import pyarrow.compute as pc

    keys = entity.rows.column("row_key")
    if len(keys) == 0 or _are_distinct_numbers(keys) or pc.count_distinct(keys).as_py() == len(keys):
        return []
    codes = keys.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    _, first = np.unique(codes, return_index=True)
    is_first = np.zeros(len(codes), dtype=bool)
    is_first[first] = True
    later: list[dict[str, Any]] = entity.rows.filter(~is_first).to_pylist()
    entity.rows = entity.rows.filter(is_first)
    return later


def _are_distinct_numbers(keys: pa.ChunkedArray) -> bool:
    """Tell whether keys are all numbers and no two are the same: then their texts, which take longer, differ too."""
    import numpy as np
    import pyarrow as pa

    try:
        numbers = np.sort(keys.cast(pa.int64()).to_numpy())
    except pa.ArrowInvalid:
        return False
    return bool((numbers[1:] > numbers[:-1]).all())


def _quarantine_doubled(entity: EntityRows, later: list[dict[str, Any]]) -> None:
    """Put the later rows of a key into quarantine."""
    names = entity.rules.entity.column_names
    problem = duplicate_key(entity.rules.entity)
    entity.quarantined.extend(
        QuarantinedRow(row["record_number"], problem, _as_csv(row[name] for name in names), row["row_key"])
        for row in later
    )


def _as_csv(values: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(list(values))
    return printable_raw(text.getvalue())
