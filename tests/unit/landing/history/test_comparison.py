"""What a delivery changes: the same whether its keys are numbers or texts, its hashes of their usual width or not."""

from __future__ import annotations

from typing import Any, cast

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csc_warehouse.landing.history.comparison import compare
from csc_warehouse.landing.reading.entity_rows import EntityRows

KEYS = st.integers(min_value=0, max_value=12)
ROWS = st.dictionaries(KEYS, st.sampled_from("abc"), max_size=10)
FORMS = {"numbers": ("", 16), "texts": ("k", 16), "hashes of another width": ("", 3)}


class Read:
    """As much of an entity's rows as is compared."""

    erased = 2

    def __init__(self, rows: pa.Table, protected: list[str]) -> None:
        self.rows = rows
        self._protected = protected

    def protected_keys(self) -> list[str]:
        return self._protected


def table(rows: dict[int, str], mark: str, width: int) -> pa.Table:
    keys = [f"{mark}{key}" for key in rows]
    hashes = [value * width for value in rows.values()]
    return pa.table({"row_hash": pa.array(hashes, pa.string()), "row_key": pa.array(keys, pa.string())})


def plain(keys: Any, mark: str) -> list[int]:
    return [int(key.removeprefix(mark)) for key in keys.to_pylist()]


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None)
@given(coming=ROWS, standing=ROWS, protected=st.lists(KEYS, max_size=2), gone=st.lists(KEYS, max_size=2))
def test_change_when_compared_then_every_row_and_key_is_told_once(
    form: str, coming: dict[int, str], standing: dict[int, str], protected: list[int], gone: list[int]
) -> None:
    mark, width = FORMS[form]
    entity = cast(EntityRows, Read(table(coming, mark, width), [f"{mark}{key}" for key in protected]))
    state = table(standing, mark, width)
    change = compare(entity, state, is_full=True, taken_back=frozenset(f"{mark}{key}" for key in gone))
    new = [key for key in coming if key not in standing]
    changed = [key for key, value in coming.items() if key in standing and standing[key] != value]
    vanished = [key for key in standing if key not in coming and key not in (*protected, *gone)]
    assert (change.rows_new, change.rows_changed) == (len(new), len(changed))
    assert change.rows_unchanged == len(coming) - len(new) - len(changed) + entity.erased
    written = plain(cast(pa.Table, change.written).column("row_key"), mark)
    assert written == [key for key in coming if key in (*new, *changed)]
    assert plain(change.vanished, mark) == vanished
    assert plain(change.closed, mark) == [*changed, *vanished]
