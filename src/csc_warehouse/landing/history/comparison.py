"""What a delivery changes in row history: its rows compared with those that stand."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from csc_warehouse.landing.history.standing_rows import standing_states
from csc_warehouse.landing.reading.entity_rows import EntityRows
from csc_warehouse.landing.reading.number_keys import as_numbers, content_of, places_among, widths_of
from csc_warehouse.landing.reading.rows import HASH_WIDTH
from csc_warehouse.landing.reading.rows_on_disk import KeysOnDisk, RowsOnDisk, SelectedRows

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa


@dataclass
class EntityChange:
    """What a delivery changes in one entity's history."""

    written: pa.Table | SelectedRows
    """Rows that are new or changed."""
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    closed: pa.Array | KeysOnDisk
    """Keys whose present version ends: those of changed rows and of vanished ones."""
    vanished: pa.Array | KeysOnDisk
    standing_keys: pa.ChunkedArray | None
    """Keys that stood before the delivery; None where they were not fetched."""


def no_change(entity: EntityRows) -> EntityChange:
    """Return the change of a file that is, byte for byte, the same as before: none."""
    import pyarrow as pa

    nothing = pa.array([], pa.string())
    return EntityChange(entity.rows, 0, 0, entity.accepted_count, nothing, nothing, None)


def compare(
    entity: EntityRows, state: pa.Table, *, is_full: bool, taken_back: frozenset[str] = frozenset()
) -> EntityChange:
    """Compare a delivery's rows with those that stand: new, changed, unchanged, and in a full those that vanished.

    taken_back: keys of standing rows that say of themselves that they are gone; they stay, to be known by.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = entity.rows
    nothing = pa.array([], pa.string())
    if state.num_rows == 0:
        return EntityChange(rows, rows.num_rows, 0, entity.erased, nothing, nothing, state.column("row_key"))
    keys = rows.column("row_key").combine_chunks()
    known_keys = state.column("row_key").combine_chunks()
    places = _places(keys, known_keys)
    is_known = places >= 0
    known = np.flatnonzero(is_known)
    hashes, known_hashes = rows.column("row_hash").combine_chunks(), state.column("row_hash").combine_chunks()
    changed = known[_differ(hashes, known, known_hashes, places[known])]
    is_changed = np.zeros(len(keys), dtype=bool)
    is_changed[changed] = True
    vanished = nothing
    if is_full:
        # every key that was found above is in the file, and stays
        found = np.zeros(len(known_keys), dtype=bool)
        found[places[known]] = True
        stays = pa.array(found)
        protected = [*entity.protected_keys(), *sorted(taken_back)]
        if protected:
            stays = pc.or_(stays, pc.is_in(known_keys, value_set=pa.array(protected, pa.string())))
        vanished = known_keys.filter(pc.invert(stays))
    rows_new, rows_changed = len(keys) - len(known), len(changed)
    return EntityChange(
        written=rows.filter(pa.array(is_changed | ~is_known)),
        rows_new=rows_new,
        rows_changed=rows_changed,
        # rows of erased children change nothing
        rows_unchanged=rows.num_rows - rows_new - rows_changed + entity.erased,
        closed=pa.concat_arrays([keys.filter(pa.array(is_changed)), vanished]),
        vanished=vanished,
        standing_keys=state.column("row_key"),
    )


def _places(keys: pa.Array, known_keys: pa.Array) -> npt.NDArray[np.int64]:
    """Return at which place of those known each key stands, -1 where it does not."""
    import pyarrow.compute as pc

    numbers, known = as_numbers(keys), as_numbers(known_keys)
    found = places_among(numbers, known) if numbers is not None and known is not None else None
    if found is not None:
        return found
    places: npt.NDArray[np.int64] = (
        pc.index_in(keys, value_set=known_keys).fill_null(-1).to_numpy(zero_copy_only=False).astype("int64")
    )
    return places


def _differ(
    hashes: pa.Array, rows: npt.NDArray[np.int64], known_hashes: pa.Array, places: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Return for some rows whether the hash of each is another than the one at its place."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ours, theirs = _words(hashes), _words(known_hashes)
    differ: npt.NDArray[np.bool_]
    if ours is not None and theirs is not None:
        differ = (ours.take(rows, axis=0) != theirs.take(places, axis=0)).any(axis=1)
    else:
        found = pc.not_equal(hashes.take(pa.array(rows)), known_hashes.take(pa.array(places)))
        differ = found.to_numpy(zero_copy_only=False)
    return differ


def _words(hashes: pa.Array) -> npt.NDArray[np.uint64] | None:
    """Return hashes as two numbers each, which are compared at once; None where one is not of their width."""
    import numpy as np

    if not bool((widths_of(hashes) == HASH_WIDTH).all()):
        return None
    words: npt.NDArray[np.uint64] = content_of(hashes).reshape(len(hashes), HASH_WIDTH).view(np.uint64)
    return words


def compare_on_disk(
    on_disk: RowsOnDisk,
    entity: EntityRows,
    cursor: psycopg.Cursor,
    table: str,
    authority_code: str,
    *,
    is_full: bool,
    taken_back: frozenset[str] = frozenset(),
) -> EntityChange:
    """Do for rows on disk what compare does for rows in memory."""
    import pyarrow as pa

    nothing = pa.array([], pa.string())
    if not on_disk.add_standing(standing_states(cursor, table, authority_code)):
        on_disk.release_memory()
        return EntityChange(on_disk.everything(), on_disk.num_rows, 0, entity.erased, nothing, nothing, None)
    written, rows_new, rows_changed = on_disk.differing()
    changed = on_disk.changed_keys()
    protected = (row.row_key for row in entity.quarantined if row.row_key is not None)
    vanished = on_disk.vanished_keys(itertools.chain(protected, sorted(taken_back))) if is_full else nothing
    on_disk.release_memory()
    return EntityChange(
        written=written,
        rows_new=rows_new,
        rows_changed=rows_changed,
        rows_unchanged=on_disk.num_rows - rows_new - rows_changed + entity.erased,
        closed=changed + vanished if isinstance(vanished, KeysOnDisk) else changed,
        vanished=vanished,
        standing_keys=None,
    )
