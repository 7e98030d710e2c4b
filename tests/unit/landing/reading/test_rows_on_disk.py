"""Rows on disk: nothing of them stays, however their delivery ends."""

from __future__ import annotations

import gc
from pathlib import Path

import pyarrow as pa
import pytest

from csc_warehouse.landing.reading import rows_on_disk

SCHEMA = pa.schema([("record_number", pa.int64()), ("row_key", pa.string()), ("row_hash", pa.string())])


def filled(folder: Path, keys: list[str]) -> rows_on_disk.RowsOnDisk:
    made = rows_on_disk.RowsOnDisk(folder, SCHEMA)
    numbers = list(range(len(keys)))
    made.add(pa.table([numbers, keys, [f"hash {key}" for key in keys]], schema=SCHEMA))
    return made


def test_rows_of_a_delivery_that_is_given_up_do_not_stay(tmp_path: Path) -> None:
    made = filled(tmp_path, ["a", "b"])
    assert len(list(tmp_path.iterdir())) == 1
    del made
    gc.collect()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("part_rows", [2, 1_000])
def test_keys_are_compared_in_parts_as_in_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part_rows: int) -> None:
    monkeypatch.setattr(rows_on_disk, "PART_ROWS", part_rows)
    made = filled(tmp_path, [*"abcdefgh", "c", "a", "c"])
    assert sorted(row["record_number"] for row in made.take_out_doubled()) == [8, 9, 10]
    made.release_memory()
    assert not made.add_standing([])
    parts = [(["hash a", "other"], ["a", "b"]), (["hash z", "hash w"], ["z", "w"])]
    assert made.add_standing(pa.table({"row_hash": hashes, "row_key": keys}) for hashes, keys in parts)
    selection, new, changed = made.differing()
    assert (new, changed) == (6, 1)
    written = [key for table in selection.tables() for key in table.column("row_key").to_pylist()]
    assert written == list("bcdefgh")
    named = pa.array(["a", "z", "y", "y", ""]), pa.array([1, 2, 3, 4, 5])
    assert made.count_missing(*named, with_standing=False) == 2 + 3 + 4
    assert made.count_missing(*named, with_standing=True) == 3 + 4
    gone, closed = made.vanished_keys(["w", "a"]), made.changed_keys()
    assert (len(gone), len(closed), len(closed + gone)) == (1, 1, 2)
    assert [key for some in (closed + gone).arrays() for key in some.to_pylist()] == ["b", "z"]
    made.close()
