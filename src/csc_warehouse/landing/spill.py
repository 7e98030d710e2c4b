"""Rows of a delivery that is too large for memory: on disk, with keys and hashes where they can be set side by side.

Rows lie in a compressed stream, in the file's order; a database on disk, with a small share of memory, says which of
them are doubled, new or changed. What is held here of a row is one bit.
"""

from __future__ import annotations

import shutil
import tempfile
import time
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

LARGE_DELIVERY_BYTES = 128 * 1024**2
"""From so many bytes of entity files on, rows are put on disk."""
SMALL_FILE_BYTES = 8 * 1024**2
"""Files of a large delivery that are smaller stay in memory all the same."""
LARGE_CHUNK = 2 * 1024**2
"""Bytes of a large file that are read at a time."""
MEMORY = "96MB"
PART_ROWS = 2_000_000
"""Rows whose keys are set side by side at a time: what the database needs beyond its share grows with them."""
_FORGOTTEN_SECONDS = 86_400


class Spill:
    """The accepted rows of one file, on disk."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        """Take a folder to make one of its own in; what a kill left there long ago is removed."""
        import pyarrow as pa

        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _forget(folder)
        self.schema = schema
        self.folder = Path(tempfile.mkdtemp(prefix="rows-", dir=folder))
        """Its own folder, for all that goes with it."""
        # of a delivery that is refused, or breaks off, nobody closes it
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self._path = self.folder / "rows.arrows"
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        self._writer: Any = pa.ipc.new_stream(str(self._path), schema, options=options)
        self._opened: Any = None
        self._base.execute("create table loaded (place bigint, number bigint, row_key varchar, row_hash varchar)")
        self._base.execute("create table standing (row_key varchar, row_hash varchar)")
        self._mask: npt.NDArray[np.bool_] | None = None
        self._added = 0
        self.num_rows = 0

    @property
    def _base(self) -> Any:
        """Return the database, opened where it rests."""
        import duckdb

        if self._opened is None:
            config: dict[str, Any] = {
                "memory_limit": MEMORY,
                "threads": 1,
                "temp_directory": str(self.folder / "sorting"),
            }
            self._opened = duckdb.connect(str(self.folder / "keys.duckdb"), config=config)
            self._opened.execute("set preserve_insertion_order = false")
        return self._opened

    def rest(self) -> None:
        """Give the memory back until it is asked again: a large delivery has several of these."""
        import pyarrow as pa

        if self._opened is not None:
            self._opened.close()
            self._opened = None
        pa.default_memory_pool().release_unused()

    def add(self, rows: pa.Table) -> None:
        """Put rows after those that are there."""
        import numpy as np
        import pyarrow as pa

        if rows.num_rows == 0:
            return
        self._writer.write_table(rows)
        places = pa.array(np.arange(self._added, self._added + rows.num_rows))
        self._insert("loaded", [places, *(rows.column(name) for name in ("record_number", "row_key", "row_hash"))])
        self._added += rows.num_rows
        self.num_rows += rows.num_rows
        # what is freed would be kept for later, by each thread that ever needed some
        pa.default_memory_pool().release_unused()

    def add_standing(self, state: pa.Table) -> None:
        """Add rows that stand in the history: row_key, row_hash."""
        self._insert("standing", [state.column("row_key"), state.column("row_hash")])

    def _insert(self, table: str, columns: list[Any]) -> None:
        import pyarrow as pa

        names = [f"c{place}" for place in range(len(columns))]
        self._base.register("added", pa.table(columns, names=names))
        self._base.execute(f"insert into {table} select * from added")
        self._base.unregister("added")

    def part_doubled(self) -> list[dict[str, Any]]:
        """Take every row but the first of each key out, and return those taken out."""
        self._writer.close()
        self._base.execute("create table doubled (place bigint)")
        for part in self._parts("loaded"):
            self._base.execute(
                f"insert into doubled with part as (select place, number, row_key from loaded where {part})"
                " select place from (select place, row_number() over (partition by row_key order by number) as nth"
                " from part join (select row_key from part group by row_key having count(*) > 1) using (row_key))"
                " where nth > 1"
            )
        places = self._places("select place from doubled")
        if not len(places):
            return []
        self._base.execute("delete from loaded where place in (select place from doubled)")
        self.num_rows -= len(places)
        taken = [row for table in self._tables(self._marked(places)) for row in table.to_pylist()]
        self._mask = ~self._marked(places)
        return taken

    def _parts(self, *tables: str) -> list[str]:
        """Return conditions that cut tables into parts by their keys."""
        rows = sum(self._base.execute(f"select count(*) from {table}").fetchall()[0][0] for table in tables)
        parts = rows // PART_ROWS + 1
        return [f"hash(row_key) % {parts} = {part}" for part in range(parts)]

    def _places(self, query: str) -> Any:
        return self._base.execute(query).fetchnumpy()["place"]

    def _marked(self, places: Any) -> npt.NDArray[np.bool_]:
        import numpy as np

        mask = np.zeros(self._added, dtype=bool)
        mask[places] = True
        return mask

    def _tables(self, mask: npt.NDArray[np.bool_] | None) -> Iterator[pa.Table]:
        import pyarrow as pa

        place = 0
        with pa.OSFile(str(self._path)) as file, pa.ipc.open_stream(file) as reader:
            for batch in reader:
                table = pa.Table.from_batches([batch])
                chosen = None if mask is None else mask[place : place + batch.num_rows]
                place += batch.num_rows
                if chosen is None:
                    yield table
                elif chosen.any():
                    yield table.filter(pa.array(chosen))

    def has_standing(self) -> bool:
        """Tell whether any row stands in the history."""
        return bool(self._base.execute("select exists (select 1 from standing)").fetchall()[0][0])

    def everything(self) -> Selection:
        """Return all rows."""
        return Selection(self, self._mask, self.num_rows)

    def differing(self) -> tuple[Selection, int, int]:
        """Return the rows that are new or changed, and how many of each."""
        import numpy as np

        mask = np.zeros(self._added, dtype=bool)
        new = count = 0
        for part in self._parts("loaded", "standing"):
            found = self._base.execute(
                "select place, standing.row_key is null as is_new"
                f" from (select * from loaded where {part}) as loaded"
                f" left join (select * from standing where {part}) as standing using (row_key)"
                " where standing.row_key is null or standing.row_hash <> loaded.row_hash"
            ).fetchnumpy()
            mask[found["place"]] = True
            new += int(found["is_new"].sum())
            count += len(found["place"])
        return Selection(self, mask, count), new, count - new

    def changed_keys(self) -> pa.Array:
        """Return the keys of rows that stand with another content."""
        return self._keys("select row_key from loaded join standing using (row_key) where"
                          " loaded.row_hash <> standing.row_hash")  # fmt: skip

    def vanished_keys(self, protected: Iterable[str]) -> pa.Array:
        """Return the keys that stand and are not among the rows, nor protected."""
        import pyarrow as pa
        import pyarrow.compute as pc

        keys = self._keys("select row_key from standing anti join loaded using (row_key)")
        return keys.filter(pc.invert(pc.is_in(keys, value_set=pa.array(list(protected), pa.string()))))

    def count_missing(self, values: pa.Array, counts: pa.Array, *, with_standing: bool) -> int:
        """Return how many rows name a key that is not among these rows, nor among those that stand where they stay."""
        import pyarrow as pa

        self._base.register("named", pa.table({"row_key": values, "times": counts}))
        # looked for among the many, not the many among these: what is held is then the smaller side
        beside = "union all select row_key from named join standing using (row_key)" if with_standing else ""
        self._base.execute(
            f"create or replace temp table found as select row_key from named join loaded using (row_key) {beside}"
        )
        query = "select sum(times) from named anti join found using (row_key) where named.row_key <> ''"
        missing = self._base.execute(query).fetchall()[0][0]
        self._base.unregister("named")
        return int(missing or 0)

    def _keys(self, query: str) -> pa.Array:
        import pyarrow as pa

        found: Any = self._base.sql(query).to_arrow_table()
        return found.column("row_key").combine_chunks().cast(pa.string())

    def close(self) -> None:
        """Remove what lies on disk."""
        self.rest()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True)
class Selection:
    """Some rows of a spill, read from disk as they are needed."""

    spill: Spill
    mask: npt.NDArray[np.bool_] | None
    num_rows: int

    @property
    def column_names(self) -> list[str]:
        """Return the columns."""
        return list(self.spill.schema.names)

    def tables(self) -> Iterator[pa.Table]:
        """Yield them in the file's order."""
        return self.spill._tables(self.mask)


def _forget(folder: Path) -> None:
    oldest = time.time() - _FORGOTTEN_SECONDS
    for path in folder.glob("rows-*"):
        if path.stat().st_mtime < oldest:
            shutil.rmtree(path, ignore_errors=True)
