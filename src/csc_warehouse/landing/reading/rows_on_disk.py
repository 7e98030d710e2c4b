"""The rows of a delivery that is too large for memory: on disk, where their keys can be compared with those that stand.

Rows lie in a compressed stream, in the file's order; a database on disk, with a small share of memory, finds which of
them are doubled, new or changed. In memory, one bit is held of each row.
"""

from __future__ import annotations

import gc
import itertools
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csc_warehouse.warehouse import home

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

LARGE_DELIVERY_BYTES = 128 * 1024**2
"""Bytes of all entity files together from which on a delivery is large: its rows are put on disk."""
SMALL_FILE_BYTES = 8 * 1024**2
"""Bytes below which a file's rows stay in memory, in a large delivery too."""
LARGE_CHUNK = 2 * 1024**2
"""Bytes of a large file that are read at a time."""
MEMORY = "96MB"
PART_ROWS = 2_000_000
"""Rows whose keys are compared at a time: the memory that the database needs beyond its share grows with them."""
SOME_KEYS = 50_000
"""Keys that are held in memory at a time."""


class MarkedRows:
    """Which of many rows are meant, one bit for each; at first none is."""

    def __init__(self, rows: int) -> None:
        """Take how many rows there are."""
        import numpy as np

        self._bits: npt.NDArray[np.uint8] = np.zeros(rows // 8 + 1, dtype=np.uint8)

    def add(self, places: npt.NDArray[Any]) -> None:
        """Mark the rows at these places."""
        import numpy as np

        np.bitwise_or.at(self._bits, places >> 3, (1 << (places & 7)).astype(np.uint8))

    def invert(self) -> MarkedRows:
        """Mark the rows that are not marked and unmark the others; return itself."""
        self._bits ^= 0xFF
        return self

    def between(self, start: int, stop: int) -> npt.NDArray[np.bool_]:
        """Return which of the rows from one place up to another are marked."""
        import numpy as np

        first = start // 8
        bits = np.unpackbits(self._bits[first : stop // 8 + 1], bitorder="little")
        return bits[start - first * 8 : stop - first * 8].astype(bool)


class RowsOnDisk:
    """The accepted rows of one file, on disk."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        """Take a folder in which it makes one of its own; what a kill left there is removed."""
        import pyarrow as pa

        home.sweep_scratch(folder)
        # the fastest allocator keeps most of what is freed; this one gives it back
        pa.set_memory_pool(pa.system_memory_pool())
        self.schema = schema
        held = home.hold_scratch(folder)
        self.folder = held.folder
        """Its own folder, also for what else must be on disk."""
        # nobody closes the rows of a delivery that is refused or breaks off
        self._release = weakref.finalize(self, held.release)
        self._path = self.folder / "rows.arrows"
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        self._writer: Any = pa.ipc.new_stream(str(self._path), schema, options=options)
        self._opened: Any = None
        self._database.execute("create table loaded (place bigint, number bigint, row_key varchar, row_hash varchar)")
        self._database.execute("create table standing (row_key varchar, row_hash varchar)")
        self._kept: MarkedRows | None = None
        self._added = 0
        self.num_rows = 0

    @property
    def _database(self) -> Any:
        """Return the database, opened again where its memory was released."""
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

    def release_memory(self) -> None:
        """Close the database until it is needed again: a large delivery has several of these."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None
        return_freed_memory()

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
        # each thread that ever needed memory would keep what it freed
        pa.default_memory_pool().release_unused()

    def add_standing(self, states: Iterable[pa.Table]) -> bool:
        """Add rows that stand in the history (row_key, row_hash), and return whether there are any."""
        found = False
        for state in states:
            self._insert("standing", [state.column("row_key"), state.column("row_hash")])
            found = True
        return found

    def _insert(self, table: str, columns: list[Any]) -> None:
        import pyarrow as pa

        names = [f"c{place}" for place in range(len(columns))]
        self._database.register("added", pa.table(columns, names=names))
        self._database.execute(f"insert into {table} select * from added")
        self._database.unregister("added")

    def take_out_doubled(self) -> list[dict[str, Any]]:
        """Take out every row but the first of each key, and return those taken out."""
        self._writer.close()
        self._database.execute("create table doubled (place bigint)")
        for part in self._parts("loaded"):
            self._database.execute(
                f"insert into doubled with part as (select place, number, row_key from loaded where {part})"
                " select place from (select place, row_number() over (partition by row_key order by number) as nth"
                " from part join (select row_key from part group by row_key having count(*) > 1) using (row_key))"
                " where nth > 1"
            )
        places = self._places("select place from doubled")
        if not len(places):
            return []
        self._database.execute("delete from loaded where place in (select place from doubled)")
        self.num_rows -= len(places)
        doubled = MarkedRows(self._added)
        doubled.add(places)
        taken = [row for table in self._tables(doubled) for row in table.to_pylist()]
        self._kept = doubled.invert()
        return taken

    def _parts(self, *tables: str) -> list[str]:
        """Return conditions that divide the rows of tables into parts by their keys."""
        rows = sum(self._database.execute(f"select count(*) from {table}").fetchall()[0][0] for table in tables)
        parts = rows // PART_ROWS + 1
        return [f"hash(row_key) % {parts} = {part}" for part in range(parts)]

    def _places(self, query: str) -> Any:
        return self._database.execute(query).fetchnumpy()["place"]

    def _tables(self, marks: MarkedRows | None) -> Iterator[pa.Table]:
        import pyarrow as pa

        place = 0
        with pa.OSFile(str(self._path)) as file, pa.ipc.open_stream(file) as reader:
            for batch in reader:
                table = pa.Table.from_batches([batch])
                chosen = None if marks is None else marks.between(place, place + batch.num_rows)
                place += batch.num_rows
                if chosen is None:
                    yield table
                elif chosen.any():
                    yield table.filter(pa.array(chosen))

    def everything(self) -> SelectedRows:
        """Return all rows."""
        return SelectedRows(self, self._kept, self.num_rows)

    def differing(self) -> tuple[SelectedRows, int, int]:
        """Return the rows that are new or changed, and how many of each."""
        marks = MarkedRows(self._added)
        new = count = 0
        for part in self._parts("loaded", "standing"):
            found = self._database.execute(
                "select place, standing.row_key is null as is_new"
                f" from (select * from loaded where {part}) as loaded"
                f" left join (select * from standing where {part}) as standing using (row_key)"
                " where standing.row_key is null or standing.row_hash <> loaded.row_hash"
            ).fetchnumpy()
            marks.add(found["place"])
            new += int(found["is_new"].sum())
            count += len(found["place"])
        return SelectedRows(self, marks, count), new, count - new

    def changed_keys(self) -> KeysOnDisk:
        """Return the keys of rows that stand with other values."""
        join = "({loaded}) as loaded join ({standing}) as standing using (row_key)"
        return self._keys("changed", f"{join} where loaded.row_hash <> standing.row_hash")

    def vanished_keys(self, protected: Iterable[str]) -> KeysOnDisk:
        """Return the keys that stand and are not among the rows, nor protected."""
        import pyarrow as pa

        self._database.execute("create table protected (row_key varchar)")
        keys = iter(protected)
        while some := list(itertools.islice(keys, SOME_KEYS)):
            self._insert("protected", [pa.array(some, pa.string())])
        return self._keys(
            "vanished",
            "({standing}) as standing anti join ({loaded}) as loaded using (row_key)"
            " anti join protected using (row_key)",
        )

    def _keys(self, name: str, query: str) -> KeysOnDisk:
        """Write the keys that a join finds into a table of their own."""
        self._database.execute(f"create table {name} (row_key varchar)")
        for part in self._parts("loaded", "standing"):
            sides = {side: f"select * from {side} where {part}" for side in ("loaded", "standing")}
            self._database.execute(f"insert into {name} select row_key from {query.format(**sides)}")
        count = self._database.execute(f"select count(*) from {name}").fetchall()[0][0]
        return KeysOnDisk(self, (name,), count)

    def count_missing(self, values: pa.Array, counts: pa.Array, *, with_standing: bool) -> int:
        """Return how many rows name a key that no row here has, nor, with_standing, one that stands."""
        import pyarrow as pa

        self._database.register("named", pa.table({"row_key": values, "times": counts}))
        # the keys that are named are the smaller side of the join, which is the one held in memory
        beside = "union all select row_key from named join standing using (row_key)" if with_standing else ""
        self._database.execute(
            f"create or replace temp table found as select row_key from named join loaded using (row_key) {beside}"
        )
        query = "select sum(times) from named anti join found using (row_key) where named.row_key <> ''"
        missing = self._database.execute(query).fetchall()[0][0]
        self._database.unregister("named")
        return int(missing or 0)

    def keys(self, names: tuple[str, ...]) -> Iterator[pa.Array]:
        """Yield the keys in tables of this database, some at a time."""
        for name in names:
            for batch in self._database.sql(f"select row_key from {name}").to_arrow_reader(SOME_KEYS):
                yield batch.column("row_key")

    def close(self) -> None:
        """Remove what lies on disk."""
        self.release_memory()
        self._release()


@dataclass(frozen=True)
class KeysOnDisk:
    """Keys on disk, read as they are needed."""

    rows: RowsOnDisk
    tables: tuple[str, ...]
    count: int

    def __len__(self) -> int:
        """Return how many there are."""
        return self.count

    def __add__(self, others: KeysOnDisk) -> KeysOnDisk:
        """Return these keys and others of the same rows."""
        return KeysOnDisk(self.rows, self.tables + others.tables, self.count + others.count)

    def arrays(self) -> Iterator[pa.Array]:
        """Yield them, some at a time."""
        yield from self.rows.keys(self.tables)
        self.rows.release_memory()


@dataclass(frozen=True)
class SelectedRows:
    """Some of the rows on disk, read as they are needed."""

    rows: RowsOnDisk
    marks: MarkedRows | None
    """Which rows; None for all."""
    num_rows: int

    @property
    def column_names(self) -> list[str]:
        """Return the columns."""
        return list(self.rows.schema.names)

    def tables(self) -> Iterator[pa.Table]:
        """Yield them in the file's order."""
        if self.num_rows >= PART_ROWS:
            # the checks at the door leave much to be freed
            gc.collect()
            return_freed_memory()
        return self.rows._tables(self.marks)


def return_freed_memory() -> None:
    """Return freed memory to the system: Arrow and the C library would keep it in each thread for later use."""
    import ctypes

    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    # only glibc has this function
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
