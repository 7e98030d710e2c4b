"""Keys that are numbers: only texts that are their number's sole text, found where their texts are found."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csc_warehouse.landing.reading.number_keys import as_numbers, content_of, places_among, widths_of
from csc_warehouse.landing.reading.row_measures import count_missing

NUMBERS = st.integers(min_value=0, max_value=2**63 - 1)
SOME = st.one_of(st.integers(min_value=0, max_value=30), NUMBERS)
ODD = ["", "007", "-5", "-0", "+5", " 5", "5 ", "1.0", "1e3", "0xFFFFFFFF", "0x1F", "٣", "a-1", str(2**63), "9" * 30]


@settings(deadline=None)
@given(numbers=st.lists(NUMBERS))
def test_keys_when_plain_numbers_then_those_numbers(numbers: list[int]) -> None:
    keys = pa.chunked_array([pa.array(list(map(str, numbers)), pa.string())])
    found = as_numbers(keys)
    assert found is not None
    assert found.tolist() == numbers


@pytest.mark.parametrize("odd", ODD)
def test_keys_when_one_text_is_no_plain_number_then_none(odd: str) -> None:
    assert as_numbers(pa.array(["12", odd, "7"], pa.string())) is None


def test_keys_when_one_is_null_then_none() -> None:
    assert as_numbers(pa.array(["12", None], pa.string())) is None


def test_keys_when_a_part_of_an_array_then_of_that_part_alone() -> None:
    keys = pa.array(["x", "12", "345", "007"], pa.string()).slice(1, 2)
    found = as_numbers(keys)
    assert found is not None
    assert found.tolist() == [12, 345]
    assert content_of(keys).tobytes() == b"12345"
    assert widths_of(keys).tolist() == [2, 3]


@settings(deadline=None)
@given(numbers=st.lists(SOME), known=st.lists(SOME, unique=True))
def test_places_when_looked_up_as_numbers_then_as_by_their_texts(numbers: list[int], known: list[int]) -> None:
    keys, known_keys = (pa.array(list(map(str, some)), pa.string()) for some in (numbers, known))
    ours, theirs = as_numbers(keys), as_numbers(known_keys)
    assert ours is not None
    assert theirs is not None
    found = places_among(ours, theirs)
    assert found is not None
    expected = pc.index_in(keys, value_set=known_keys).fill_null(-1) if known else pa.array([-1] * len(numbers))
    assert found.tolist() == expected.to_pylist()


def test_places_when_a_known_number_comes_twice_then_none() -> None:
    twice = as_numbers(pa.array(["5", "3", "5"]))
    assert twice is not None
    assert places_among(twice, twice) is None


@settings(deadline=None)
@given(
    named=st.lists(st.sampled_from(["", "1", "2", "10", "01", "x"]), min_size=1),
    known=st.lists(st.sampled_from(["1", "10", "3", "x", "01"])),
)
def test_missing_references_when_numbers_or_not_then_counted_alike(named: list[str], known: list[str]) -> None:
    counts = [1] * len(named)
    found = count_missing([[(pa.array(named), pa.array(counts))]], pa.array(known, pa.string()))
    assert found == [sum(1 for value in named if value and value not in known)]
