"""One entity's rows after reading and before the merge: who is accepted, who is apart, what is new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from csc_warehouse.landing.fast import read_fast
from csc_warehouse.landing.measures import EntityMeasures
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.rows import QuarantinedRow, RowRules, duplicate_key, printable_raw, rows_schema
from csc_warehouse.landing.sheet import read_return
from csc_warehouse.landing.tombstones import Tombstones
from csc_warehouse.landing.verify import EntityFile

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass
class LoadedEntity:
    """What one entity's file brought."""

    file: EntityFile
    rules: RowRules
    rows: pa.Table
    """Accepted rows: as sent, record_number, row_key, row_hash."""
    quarantined: list[QuarantinedRow]
    notices: list[str] = field(default_factory=list)
    measures: EntityMeasures | None = None
    unread_rows: int | None = None
    """Rows of a file that is the one of before and was not read again; None where it was read."""
    erased: int = 0
    """Rows of erased children: accepted, and not kept."""

    @property
    def accepted_count(self) -> int:
        """Return the rows that were accepted."""
        return int(self.rows.num_rows) + self.erased if self.unread_rows is None else self.unread_rows

    @property
    def row_count(self) -> int:
        """Return the rows of the file, accepted and quarantined."""
        return self.accepted_count + len(self.quarantined)

    def protected_keys(self) -> list[str]:
        """Return the keys of quarantined rows that could be read: their earlier versions have not vanished."""
        return [row.row_key for row in self.quarantined if row.row_key is not None]


def read_entity(
    file: EntityFile, rules: RowRules, tombstones: Tombstones, *, is_return: bool, with_measures: bool = True
) -> LoadedEntity:
    """Read one entity's file, and keep no row of an erased child.

    Raises Refusal where it has no header, lacks a column, is cut off, or holds another number of rows than was stated.
    """
    import pyarrow as pa

    from csc_warehouse.landing.rows import rows_schema

    notices: list[str] = []
    measures = EntityMeasures(rules) if with_measures else None
    tables: list[pa.Table] = []
    quarantined: list[QuarantinedRow] = []
    erased = 0
    with file.open() as stream:
        read = read_return if is_return else read_fast
        for whole in read(stream, rules, file.file_name, notices):
            block, count = tombstones.without_erased(rules.entity, whole)
            erased += count
            tables.append(block.rows)
            quarantined.extend(block.quarantined)
            if measures is not None:
                measures.add(block)
    rows = pa.concat_tables(tables) if tables else rows_schema(rules.entity).empty_table()
    if not _is_in_order(rows):
        rows = rows.sort_by("record_number")
    loaded = LoadedEntity(file, rules, rows, quarantined, notices, measures, erased=erased)
    _require_stated_rows(loaded)
    _part_duplicates(loaded)
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
    stated = loaded.file.declared_rows
    if stated is not None and stated != loaded.row_count:
        reason = f"holds {loaded.row_count} rows where {stated} were stated"
        raise Refusal(reason, file_name=loaded.file.file_name, code="row_count")


def _part_duplicates(loaded: LoadedEntity) -> None:
    """Keep the first readable row of each key and set the later ones apart (deliveries.md section 7, Rows)."""
    import numpy as np
    import pyarrow.compute as pc

    keys = loaded.rows.column("row_key")
    if len(keys) == 0 or pc.count_distinct(keys).as_py() == len(keys):
        return
    codes = keys.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    _, first = np.unique(codes, return_index=True)
    is_first = np.zeros(len(codes), dtype=bool)
    is_first[first] = True
    later = loaded.rows.filter(~is_first)
    names = loaded.rules.entity.column_names
    problem = duplicate_key(loaded.rules.entity)
    for row in later.to_pylist():
        raw = _joined(row[name] for name in names)
        loaded.quarantined.append(QuarantinedRow(row["record_number"], problem, raw, row["row_key"]))
    loaded.rows = loaded.rows.filter(is_first)


def _joined(values: Iterable[str]) -> str:
    import csv
    import io

    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(list(values))
    return printable_raw(text.getvalue())
