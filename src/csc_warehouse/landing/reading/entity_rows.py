"""One entity's rows after reading and before the merge: who is accepted, who is apart, what is new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csc_warehouse.contracts.sheets import SheetLimits
from csc_warehouse.landing.reading.corporate_return import read_return
from csc_warehouse.landing.reading.quarantined_rows import RowsApart
from csc_warehouse.landing.reading.row_measures import EntityMeasures
from csc_warehouse.landing.reading.rows import QuarantinedRow, RowRules, duplicate_key, printable_raw, rows_schema
from csc_warehouse.landing.reading.rows_on_disk import LARGE_CHUNK, Spill
from csc_warehouse.landing.reading.vectorised_csv import CHUNK, read_fast
from csc_warehouse.landing.recording.erased_ids import Tombstones
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.delivery_files import EntityFile

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass
class LoadedEntity:
    """What one entity's file brought."""

    file: EntityFile
    rules: RowRules
    rows: pa.Table
    """Accepted rows: as sent, record_number, row_key, row_hash."""
    quarantined: list[QuarantinedRow] | RowsApart
    notices: list[str] = field(default_factory=list)
    measures: EntityMeasures | None = None
    unread_rows: int | None = None
    """Rows of a file that is the one of before and was not read again; None where it was read."""
    erased: int = 0
    """Rows of erased children: accepted, and not kept."""
    spill: Spill | None = None
    """Where the rows are if they are on disk; `rows` is empty then."""

    @property
    def kept_count(self) -> int:
        """Return the rows that are here or on disk."""
        return self.spill.num_rows if self.spill is not None else int(self.rows.num_rows)

    @property
    def accepted_count(self) -> int:
        """Return the rows that were accepted."""
        return self.kept_count + self.erased if self.unread_rows is None else self.unread_rows

    def close(self) -> None:
        """Remove what lies on disk."""
        if self.spill is not None:
            self.spill.close()

    @property
    def row_count(self) -> int:
        """Return the rows of the file, accepted and quarantined."""
        return self.accepted_count + len(self.quarantined)

    def protected_keys(self) -> list[str]:
        """Return the keys of quarantined rows that could be read: their earlier versions have not vanished."""
        return [row.row_key for row in self.quarantined if row.row_key is not None]


def read_entity(
    file: EntityFile,
    rules: RowRules,
    tombstones: Tombstones,
    *,
    is_return: bool,
    with_measures: bool = True,
    spill_folder: Path | None = None,
    sheet_limits: SheetLimits | None = None,
) -> LoadedEntity:
    """Read one entity's file, and keep no row of an erased child; rows go to disk where a folder is given for them.

    Raises Refusal where it has no header, lacks a column, is cut off, or holds another number of rows than was stated.
    """
    import pyarrow as pa

    notices: list[str] = []
    tables: list[pa.Table] = []
    erased = 0
    spill = None if spill_folder is None else Spill(spill_folder, rows_schema(rules.entity))
    quarantined: list[QuarantinedRow] | RowsApart = [] if spill is None else RowsApart(spill.folder)
    measures = EntityMeasures(rules, None if spill is None else spill.folder) if with_measures else None
    with file.open() as stream:
        blocks = (
            read_return(stream, rules, file.file_name, notices, sheet_limits)
            if is_return
            else read_fast(stream, rules, file.file_name, notices, chunk=LARGE_CHUNK if spill is not None else CHUNK)
        )
        for whole in blocks:
            block, count = tombstones.without_erased(rules.entity, whole)
            erased += count
            quarantined.extend(block.quarantined)
            if measures is not None:
                measures.add(block)
            if spill is None:
                tables.append(block.rows)
            else:
                spill.add(block.rows)
    rows = pa.concat_tables(tables) if tables else rows_schema(rules.entity).empty_table()
    if not _is_in_order(rows):
        rows = rows.sort_by("record_number")
    loaded = LoadedEntity(file, rules, rows, quarantined, notices, measures, erased=erased, spill=spill)
    _require_stated_rows(loaded)
    later = _part_duplicates(loaded) if spill is None else spill.part_doubled()
    if spill is not None:
        spill.rest()
    _set_apart(loaded, later)
    if isinstance(loaded.quarantined, list):
        loaded.quarantined.sort(key=lambda row: row.record_number)
    return loaded


def unread_entity(file: EntityFile, rules: RowRules, rows: int, erased: int) -> LoadedEntity:
    """Return an entity whose file is known byte for byte, without reading it.

    Raises Refusal where another number of rows was stated than it is known to hold.
    """
    loaded = LoadedEntity(file, rules, rows_schema(rules.entity).empty_table(), [], unread_rows=rows, erased=erased)
    _require_stated_rows(loaded)
    return loaded


def _is_in_order(rows: pa.Table) -> bool:
    """Tell whether rows stand as in the file; one that was judged on its own comes after its neighbours."""
    import numpy as np

    return bool((np.diff(rows.column("record_number").to_numpy()) > 0).all())


def _require_stated_rows(loaded: LoadedEntity) -> None:
    stated, rows = loaded.file.declared_rows, loaded.row_count
    if stated is None or stated == rows:
        return
    reason = f"holds {rows} rows where {stated} were stated in the {loaded.file.declared_in}"
    if rows < stated and not _ends_with_its_line(loaded.file):
        # the header is the first record
        reason += f", and breaks off within record {rows + 1}: it was cut off"
        raise Refusal(reason, file_name=loaded.file.file_name, code="cut_off")
    raise Refusal(reason, file_name=loaded.file.file_name, code="row_count")


def _ends_with_its_line(file: EntityFile) -> bool:
    last = b"\n"
    with file.open() as stream:
        while chunk := stream.read(CHUNK):
            last = chunk[-1:]
    return last == b"\n"


def _part_duplicates(loaded: LoadedEntity) -> list[dict[str, Any]]:
    """Keep the first readable row of each key and return the later ones (deliveries.md section 7, Rows)."""
    import numpy as np
    import pyarrow.compute as pc

    keys = loaded.rows.column("row_key")
    if len(keys) == 0 or pc.count_distinct(keys).as_py() == len(keys):
        return []
    codes = keys.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    _, first = np.unique(codes, return_index=True)
    is_first = np.zeros(len(codes), dtype=bool)
    is_first[first] = True
    later: list[dict[str, Any]] = loaded.rows.filter(~is_first).to_pylist()
    loaded.rows = loaded.rows.filter(is_first)
    return later


def _set_apart(loaded: LoadedEntity, later: list[dict[str, Any]]) -> None:
    """Put later rows of a key into quarantine."""
    names = loaded.rules.entity.column_names
    problem = duplicate_key(loaded.rules.entity)
    loaded.quarantined.extend(
        QuarantinedRow(row["record_number"], problem, _joined(row[name] for name in names), row["row_key"])
        for row in later
    )


def _joined(values: Iterable[str]) -> str:
    import csv
    import io

    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(list(values))
    return printable_raw(text.getvalue())
