"""Marked rows: one bit for each, which can be asked of any part of the rows."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from csc_warehouse.landing.reading.rows_on_disk import MarkedRows


@given(rows=st.integers(1, 70), data=st.data())
def test_what_was_marked_is_marked_in_every_part(rows: int, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, rows - 1)))
    start, stop = sorted(data.draw(st.tuples(st.integers(0, rows), st.integers(0, rows))))
    marks = MarkedRows(rows)
    for some in (places[::2], places[1::2]):
        marks.add(np.array(some, dtype=np.int64))
    expected = [place in places for place in range(start, stop)]
    assert marks.between(start, stop).tolist() == expected
    assert marks.invert().between(start, stop).tolist() == [not marked for marked in expected]
