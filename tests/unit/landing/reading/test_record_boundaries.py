"""Where records begin and end, found at once, is where a reader finds them that looks at one byte after the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csc_warehouse.landing.reading.record_boundaries import find_record_boundaries

FIELDS = st.one_of(
    st.text("ab ", max_size=3),
    st.text('ab,\n"', max_size=5).map(lambda text: '"' + text.replace('"', '""') + '"'),
    st.text("a,\r\n", max_size=4).map(lambda text: f'"{text}"'),
)
RECORDS = st.lists(st.lists(FIELDS, min_size=1, max_size=4).map(",".join), min_size=1, max_size=8)


def one_after_the_other(data: bytes) -> list[tuple[int, int, int]]:
    """Return start, end and number of fields of each record that ends with its line break."""
    found, start, fields, is_quoted = [], 0, 1, False
    for place, byte in enumerate(data):
        if byte == ord('"'):
            is_quoted = not is_quoted
        elif byte == ord(",") and not is_quoted:
            fields += 1
        elif byte == ord("\n") and not is_quoted:
            end = place - (place > start and data[place - 1] == ord("\r"))
            found.append((start, end, fields))
            start, fields = place + 1, 1
    return found


@settings(max_examples=300, deadline=None)
@given(records=RECORDS, line_end=st.sampled_from(["\n", "\r\n"]), cut=st.integers(0, 12))
def test_boundaries_when_found_at_once_then_those_of_byte_after_byte(
    records: list[str], line_end: str, cut: int
) -> None:
    data = "".join(record + line_end for record in records).encode()
    data = data[: len(data) - min(cut, len(data) - 1)]
    found = find_record_boundaries(data, ord(","), is_last=False)
    expected = one_after_the_other(data)
    assert found is not None
    assert list(zip(found.starts.tolist(), found.ends.tolist(), found.field_counts.tolist(), strict=True)) == expected
    ended = data[: int(found.nexts[-1])] if found.count else b""
    assert found.has_break_in_field == (ended.count(b"\n") > found.count)
    assert np.array_equal(found.starts[1:], found.nexts[:-1])


@pytest.mark.parametrize("before", ["a,b\r\n", "a,b\n", '"x\ry",b\r\n'])
def test_return_alone_when_outside_quotes_then_left_to_the_other_reader(before: str) -> None:
    assert find_record_boundaries(before.encode(), ord(","), is_last=True) is not None
    assert find_record_boundaries((before + "a\rb,c\r\n").encode(), ord(","), is_last=True) is None
    assert find_record_boundaries((before + "a,b\r").encode(), ord(","), is_last=True) is None


def test_break_in_a_field_when_the_last_record_has_no_line_end_then_found() -> None:
    found = find_record_boundaries(b'a,"x\ny"', ord(","), is_last=True)
    assert found is not None
    assert (found.ends.tolist(), found.has_break_in_field) == ([7], True)
    plain = find_record_boundaries(b"a,b\nc,d", ord(","), is_last=True)
    assert plain is not None
    assert (plain.ends.tolist(), plain.has_break_in_field) == ([3, 7], False)
