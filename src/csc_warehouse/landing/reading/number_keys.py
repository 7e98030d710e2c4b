"""Keys that are numbers: compared and looked up as numbers, which takes a fraction of what their texts take."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Numbers = npt.NDArray[np.int64]

_ZERO, _NINE = 48, 57
_TENS = [10**digits for digits in range(1, 19)]


def as_numbers(keys: pa.Array | pa.ChunkedArray) -> Numbers | None:
    """Return keys as numbers where each is its number's only text; two are then the same where the numbers are.

    None where one is blank or null, has a sign, a space or a zero before it, is too large, or is no number.
    """
    import numpy as np
    import pyarrow as pa

    array = keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys
    if len(array) == 0:
        return np.zeros(0, dtype=np.int64)
    if array.null_count:
        return None
    content = content_of(array)
    if len(content) == 0 or not bool(((content >= _ZERO) & (content <= _NINE)).all()):
        return None
    try:
        numbers: Numbers = array.cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    # a text has at least as many digits as its number: where all together have as many, each has
    digits = len(numbers) + int(np.searchsorted(_TENS, numbers, side="right").sum())
    return numbers if digits == len(content) else None


def places_among(numbers: Numbers, known: Numbers) -> Numbers | None:
    """Return the place of each number among known ones, -1 where it is not; None where a known one comes twice."""
    import numpy as np

    if len(known) == 0:
        return np.full(len(numbers), -1, dtype=np.int64)
    order = None
    if not bool((known[1:] > known[:-1]).all()):
        order = np.argsort(known)
        known = known[order]
        if not bool((known[1:] > known[:-1]).all()):
            return None
    found = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
    is_there = known[found] == numbers
    return np.where(is_there, found if order is None else order[found], -1)


def content_of(texts: pa.Array) -> npt.NDArray[np.uint8]:
    """Return the bytes of an array's texts, one after the other as they lie in memory."""
    import numpy as np

    places = _offsets(texts)
    data = texts.buffers()[2]
    whole = np.zeros(0, dtype=np.uint8) if data is None else np.frombuffer(data, dtype=np.uint8)
    return whole[int(places[0]) : int(places[-1])]


def widths_of(texts: pa.Array) -> npt.NDArray[np.int32]:
    """Return how many bytes each of an array's texts has."""
    import numpy as np

    widths: npt.NDArray[np.int32] = np.diff(_offsets(texts))
    return widths


def _offsets(texts: pa.Array) -> npt.NDArray[np.int32]:
    import numpy as np

    offsets = texts.buffers()[1]
    if offsets is None or len(texts) == 0:
        return np.zeros(1, dtype=np.int32)
    return np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
