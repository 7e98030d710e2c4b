"""Canonical texts of whole columns at once; for each value the same text as the functions in contracts/canonical.py."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from csc_warehouse.contracts import canonical
from csc_warehouse.contracts.model import Column, TextFormat
from csc_warehouse.contracts.names import WHITESPACE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

_ZERO, _NINE = 48, 57
MEMO_SIZE = 200_000


class ColumnReader:
    """Gives the canonical texts of columns of one source; remembers texts that it has met, across files."""

    def __init__(self, text: TextFormat) -> None:
        """Take how the source writes its texts."""
        self._text = text
        self._memo: dict[tuple[object, ...], dict[str, str]] = {}
        self._nulls = set(text.null_dates) | {f"{date} 00:00" for date in text.null_dates}

    def read(self, column: Column, values: pa.Array) -> pa.Array:
        """Return a column's canonical text; UNREADABLE where its type cannot hold the text."""
        whole = _WHOLE_COLUMNS.get(column.type)
        if whole is not None:
            return whole(values)
        if column.type == "former":
            return self._formers(column, values)
        if column.type in ("date", "time"):
            return self._moments(column, values)
        return self._by_dictionary(column, values)

    def _function(self, column: Column) -> tuple[canonical.Canonical, dict[str, str]]:
        rule = (column.type, column.is_multiple, column.minimum, column.maximum, column.is_whole)
        memo = self._memo.setdefault(rule, {})
        if len(memo) > MEMO_SIZE:
            memo.clear()
        return canonical.canonical_function(column, self._text), memo

    def _mapped(self, column: Column, texts: list[str]) -> list[str]:
        function, memo = self._function(column)
        mapped = []
        for text in texts:
            value = memo.get(text)
            if value is None:
                value = memo[text] = function(text)
            mapped.append(value)
        return mapped

    def _by_dictionary(self, column: Column, values: pa.Array) -> pa.Array:
        """Map each distinct text once: codes, names and numbers are few."""
        import pyarrow as pa

        encoded = values.dictionary_encode()
        mapped = self._mapped(column, encoded.dictionary.to_pylist())
        return pa.array(mapped, pa.string()).take(encoded.indices)

    def _formers(self, column: Column, values: pa.Array) -> pa.Array:
        """Take over what names a row in the usual form, all at once; the few others one by one."""
        import pyarrow as pa
        import pyarrow.compute as pc

        known = _guids(values)
        is_usual = pc.match_substring_regex(known, _USUAL_FORMER)
        others = known.filter(pc.invert(is_usual))
        if len(others) == 0:
            return known
        mapped = pa.array(self._mapped(column, others.to_pylist()), pa.string())
        return pc.replace_with_mask(known, pc.invert(is_usual), mapped)

    def _moments(self, column: Column, values: pa.Array) -> pa.Array:
        """Read dates and times of the agreed width from their digits, all at once; the few others one by one."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        shape = _SHAPES[(column.type, self._text.dates)]
        is_usual = pc.equal(pc.binary_length(values), len(shape))
        usual = values.filter(is_usual)
        is_blank = pc.equal(values, "")
        whole = np.zeros(0, dtype=bool)
        texts = usual
        if len(usual):
            matrix = _matrix(usual, len(shape))
            whole = _is_moment(matrix, shape)
            if self._nulls:
                whole &= ~pc.is_in(usual, value_set=pa.array(sorted(self._nulls))).to_numpy(zero_copy_only=False)
            texts = _reordered(matrix, column.type) if self._text.dates == "day_first" else usual
        if bool(whole.all()) and len(usual) + (pc.sum(is_blank).as_py() or 0) == len(values):
            return texts if len(usual) == len(values) else pc.replace_with_mask(values, is_usual, texts)
        is_whole = np.zeros(len(values), dtype=bool)
        is_whole[np.flatnonzero(is_usual.to_numpy(zero_copy_only=False))[whole]] = True
        result = pc.replace_with_mask(values, pa.array(is_whole), texts.filter(pa.array(whole, pa.bool_())))
        is_other = ~(is_whole | is_blank.to_numpy(zero_copy_only=False))
        others = values.filter(pa.array(is_other)).to_pylist()
        return pc.replace_with_mask(result, pa.array(is_other), pa.array(self._mapped(column, others), pa.string()))


_SHAPES = {
    ("date", "day_first"): "dd/mm/yyyy",
    ("time", "day_first"): "dd/mm/yyyy HH:MM",
    ("date", "iso"): "yyyy-mm-dd",
    ("time", "iso"): "yyyy-mm-ddTHH:MM:SSZ",
}
_USUAL_FORMER = r"\A(?:[a-z0-9_]+:(?:[1-9][0-9]*|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}))?\z"
_DIGITS = frozenset("dmyHMS")


def _matrix(values: pa.Array, width: int) -> npt.NDArray[np.uint8]:
    """Return texts of one width as a matrix of bytes, one row each."""
    import numpy as np

    _, offsets, data = values.buffers()
    first = int(np.frombuffer(offsets, dtype=np.int32)[values.offset])
    content = np.frombuffer(data, dtype=np.uint8)[first : first + len(values) * width]
    return content.reshape(len(values), width)


def _is_moment(matrix: npt.NDArray[np.uint8], shape: str) -> npt.NDArray[np.bool_]:
    """Return for each row whether it is a date or time that exists, written in this shape."""
    import numpy as np

    result = np.ones(len(matrix), dtype=bool)
    parts: dict[str, Any] = {}
    # bytes of one place side by side, and small numbers: each step then takes many rows at once
    for byte, mark in zip(np.ascontiguousarray(matrix.T), shape, strict=True):
        if mark in _DIGITS:
            result &= (byte >= _ZERO) & (byte <= _NINE)
            # m is for months and M for minutes: each part of a shape has a letter of its own
            parts[mark] = parts.get(mark, np.int16(0)) * 10 + (byte.astype(np.int16) - _ZERO)
        else:
            result &= byte == ord(mark)
    year, month, day = parts["y"], parts["m"], parts["d"]
    lengths = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int16)
    length = lengths[np.where((month >= 1) & (month <= 12), month, 0)]
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    length = length + ((month == 2) & is_leap)
    result &= (year >= datetime.MINYEAR) & (day >= 1) & (day <= length)
    if "H" in parts:
        result &= (parts["H"] <= 23) & (parts["M"] <= 59)
    if "S" in parts:
        result &= parts["S"] <= 59
    return result


def _reordered(matrix: npt.NDArray[np.uint8], kind: str) -> pa.Array:
    """Return day-first texts in ISO order: the same bytes in other places."""
    import numpy as np
    import pyarrow as pa

    order = [6, 7, 8, 9, 2, 3, 4, 5, 0, 1]
    if kind == "time":
        order += [10, 11, 12, 13, 14, 15]
    result = matrix[:, order]
    result[:, [4, 7]] = ord("-")
    if kind == "time":
        result[:, 10] = ord("T")
    width = len(order)
    offsets = np.arange(0, (len(matrix) + 1) * width, width, dtype=np.int32)
    content = pa.py_buffer(np.ascontiguousarray(result).tobytes())
    # a byte that is not ASCII is no digit: the caller drops the rows that have one
    return pa.Array.from_buffers(pa.string(), len(matrix), [None, pa.py_buffer(offsets.tobytes()), content])


def _keys(values: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    stripped = pc.utf8_trim(values, WHITESPACE)
    bare = pc.utf8_ltrim(stripped, "0")
    is_zero = pc.and_(pc.equal(bare, ""), pc.not_equal(stripped, ""))
    return pc.if_else(is_zero, "0", bare) if pc.any(is_zero).as_py() else bare


def _guids(values: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    return pc.ascii_lower(pc.utf8_trim(values, WHITESPACE))


def _uuids(values: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    known = _guids(values)
    is_readable = pc.or_(pc.match_substring_regex(known, canonical.UUID), pc.equal(known, ""))
    return known if pc.all(is_readable).as_py() is not False else pc.if_else(is_readable, known, canonical.UNREADABLE)


def _texts(values: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    stripped = pc.utf8_trim(values, WHITESPACE)
    if not pc.any(pc.match_substring(stripped, "\r")).as_py():
        return stripped
    joined = pc.replace_substring(stripped, "\r\n", "\n")
    return pc.replace_substring(joined, "\r", "\n")


_WHOLE_COLUMNS: dict[str, Callable[[Any], Any]] = {"key": _keys, "guid": _guids, "uuid": _uuids, "text": _texts}
"""Types whose columns are read all at once, without a rule of their own."""
