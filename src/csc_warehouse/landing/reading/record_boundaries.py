"""Where the records of a text begin and end, all at once: from the places of quotes, separators and line breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Places = npt.NDArray[np.int64]

LINE_FEED, CARRIAGE_RETURN, QUOTE = 10, 13, 34
_UNDEFINED_1252 = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
"""Bytes that Windows-1252 does not define."""


@dataclass(frozen=True)
class RecordBoundaries:
    """Where the complete records lie in bytes that begin with the start of a record."""

    starts: Places
    ends: Places
    """One past the record's last byte, its line break left out."""
    nexts: Places
    """Where the next record starts."""
    field_counts: Places
    has_break_in_field: bool

    @property
    def count(self) -> int:
        """Return the number of records, blank lines among them."""
        return len(self.starts)


def find_record_boundaries(data: bytes, delimiter: int, *, is_last: bool) -> RecordBoundaries | None:
    """Return where the complete records of some bytes lie, or None where their quotes follow no simple rule.

    No simple rule covers a quote that opens in the middle of a field or closes before its end, and a carriage return
    of its own outside quotes: the row-by-row reader reads such bytes.
    """
    import numpy as np

    array = np.frombuffer(data, dtype=np.uint8)
    breaks = np.flatnonzero(array == LINE_FEED)
    quotes = np.flatnonzero(array == QUOTE) if b'"' in data else breaks[:0]
    separators = np.flatnonzero(array == delimiter)
    all_breaks = len(breaks)
    if len(quotes):
        breaks = breaks[_is_outside(quotes, breaks)]
        separators = separators[_is_outside(quotes, separators)]
    if is_last and (len(breaks) == 0 or breaks[-1] != len(data) - 1):
        if len(quotes) % 2:
            return None
        breaks = np.append(breaks, len(data))
    if len(breaks) == 0:
        return RecordBoundaries(breaks, breaks, breaks, breaks, has_break_in_field=False)
    end = int(breaks[-1])
    if not _is_regular(array, quotes[: np.searchsorted(quotes, end)], delimiter, end):
        return None
    nexts = breaks + 1
    starts = np.concatenate(([0], nexts[:-1]))
    ends = breaks - _returns_before(array, breaks, starts)
    counted = np.searchsorted(separators, breaks)
    counts = np.diff(counted, prepend=0) + 1
    inside = int(np.searchsorted(np.flatnonzero(array == LINE_FEED), end)) + 1 if all_breaks > len(breaks) else 0
    return RecordBoundaries(starts, ends, nexts, counts, has_break_in_field=inside > len(breaks))


def _is_outside(quotes: Places, places: Places) -> npt.NDArray[np.bool_]:
    """Return for each place whether it lies outside quotes: an even number of them comes before it."""
    import numpy as np

    is_even: npt.NDArray[np.bool_] = np.equal(np.searchsorted(quotes, places) & 1, 0)
    return is_even


def _returns_before(array: Any, breaks: Places, starts: Places) -> Places:
    """Return 1 for each record that ends in carriage return and line feed, 0 for the others."""
    import numpy as np

    before = np.maximum(breaks - 1, 0)
    is_pair = np.equal(array[before], CARRIAGE_RETURN) & (before >= starts) & (breaks > 0)
    widths: Places = is_pair.astype(np.int64)
    return widths


def _is_regular(array: Any, quotes: Places, delimiter: int, end: int) -> bool:
    import numpy as np

    returns = np.flatnonzero(array[:end] == CARRIAGE_RETURN)
    if len(returns):
        alone = returns[array[np.minimum(returns + 1, len(array) - 1)] != LINE_FEED]
        if len(alone) and (len(quotes) == 0 or bool(_is_outside(quotes, alone).any())):
            return False
    if len(quotes) == 0:
        return True
    opening, closing = quotes[0::2], quotes[1::2]
    before = array[opening[opening > 0] - 1]
    is_start = (before == delimiter) | (before == LINE_FEED) | (before == QUOTE)
    if not bool(is_start.all()):
        return False
    after = array[closing[closing < len(array) - 1] + 1]
    is_end = (after == delimiter) | (after == LINE_FEED) | (after == CARRIAGE_RETURN) | (after == QUOTE)
    return bool(is_end.all())


def undecodable_records(data: bytes, boundaries: RecordBoundaries, encoding: str) -> Places:
    """Return which records hold a byte that the encoding does not define."""
    import numpy as np

    nothing = np.zeros(0, dtype=np.int64)
    if data.isascii():
        return nothing
    array = np.frombuffer(data, dtype=np.uint8)
    high = np.flatnonzero(array >= 0x80)
    if encoding == "cp1252":
        undefined = high[np.isin(array[high], _UNDEFINED_1252)]
        found = np.searchsorted(boundaries.nexts, undefined, side="right")
        return np.unique(found[found < boundaries.count])
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        found = np.searchsorted(boundaries.nexts, high, side="right")
        candidates = np.unique(found[found < boundaries.count])
        bad = [place for place in candidates if not _decodes(data, boundaries, int(place), encoding)]
        return np.array(bad, dtype=np.int64)
    return nothing


def _decodes(data: bytes, boundaries: RecordBoundaries, place: int, encoding: str) -> bool:
    try:
        data[boundaries.starts[place] : boundaries.ends[place]].decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
