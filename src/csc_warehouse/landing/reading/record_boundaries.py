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
    all_breaks = breaks = np.flatnonzero(array == LINE_FEED)
    quotes = np.flatnonzero(array == QUOTE) if b'"' in data else breaks[:0]
    separators = np.flatnonzero(array == delimiter)
    if len(quotes):
        breaks = _outside(quotes, breaks)
        separators = _outside(quotes, separators)
    if is_last and (len(breaks) == 0 or breaks[-1] != len(data) - 1):
        if len(quotes) % 2:
            return None
        breaks = np.append(breaks, len(data))
    if len(breaks) == 0:
        return RecordBoundaries(breaks, breaks, breaks, breaks, has_break_in_field=False)
    end = int(breaks[-1])
    quotes = quotes[: np.searchsorted(quotes, end)]
    if _has_return_alone(array, quotes, all_breaks, end) or not _is_regular(array, quotes, delimiter):
        return None
    nexts = breaks + 1
    starts = np.concatenate(([0], nexts[:-1]))
    ends = breaks - _returns_before(array, breaks, starts)
    counted = np.searchsorted(separators, breaks)
    counts = np.diff(counted, prepend=0) + 1
    # the end of the last record may be that of the data, where no break is
    between_records = np.searchsorted(breaks, len(data))
    has_break_in_field = bool(np.searchsorted(all_breaks, end, side="right") > between_records)
    return RecordBoundaries(starts, ends, nexts, counts, has_break_in_field=has_break_in_field)


def _outside(quotes: Places, places: Places) -> Places:
    """Return the places that lie outside quotes: an even number of them comes before."""
    import numpy as np

    # where the places begin and end that a pair of quotes holds: few quotes hold any
    bounds = np.searchsorted(places, quotes)
    if len(bounds) % 2:
        bounds = np.append(bounds, len(places))
    holding = np.flatnonzero(bounds[0::2] < bounds[1::2])
    if len(holding) == 0:
        return places
    is_outside = np.ones(len(places), dtype=bool)
    firsts, lengths = bounds[0::2][holding], (bounds[1::2] - bounds[0::2])[holding]
    held_before = np.cumsum(lengths) - lengths
    is_outside[np.repeat(firsts - held_before, lengths) + np.arange(int(lengths.sum()))] = False
    return places[is_outside]


def _returns_before(array: Any, breaks: Places, starts: Places) -> Places:
    """Return 1 for each record that ends in carriage return and line feed, 0 for the others."""
    import numpy as np

    before = np.maximum(breaks - 1, 0)
    is_pair = np.equal(array[before], CARRIAGE_RETURN) & (before >= starts) & (breaks > 0)
    widths: Places = is_pair.astype(np.int64)
    return widths


def _has_return_alone(array: Any, quotes: Places, all_breaks: Places, end: int) -> bool:
    """Tell whether a carriage return without its line feed stands outside quotes, before an end."""
    import numpy as np

    followed = all_breaks[: np.searchsorted(all_breaks, end, side="right")]
    pairs = np.count_nonzero(array[followed[followed > 0] - 1] == CARRIAGE_RETURN)
    if np.count_nonzero(array[:end] == CARRIAGE_RETURN) == pairs:
        return False
    returns = np.flatnonzero(array[:end] == CARRIAGE_RETURN)
    alone = returns[array[np.minimum(returns + 1, len(array) - 1)] != LINE_FEED]
    return len(_outside(quotes, alone)) > 0


def _is_regular(array: Any, quotes: Places, delimiter: int) -> bool:
    """Tell whether each quote opens at the start of a field and closes at its end."""
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
