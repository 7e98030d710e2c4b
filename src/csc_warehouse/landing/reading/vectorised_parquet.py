"""The vectorised reader of Parquet: whole columns by Arrow, native types without a way through text and back.

Texts are read as dictionaries, so that what many rows share is held and looked at once. A row that looks odd is judged
by the row-by-row reader's functions. Memory is bounded by the batch, whatever the file's size.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO

from csc_warehouse.contracts.model import MULTIPLE, Column, NativeType, TextFormat
from csc_warehouse.contracts.names import WHITESPACE
from csc_warehouse.contracts.native_types import MICROSECONDS, NANOSECONDS_IN_ONE
from csc_warehouse.landing.reading.canonical_columns import ColumnReader
from csc_warehouse.landing.reading.judged_columns import judged_block
from csc_warehouse.landing.reading.parquet_file import batches, open_columns
from csc_warehouse.landing.reading.row_by_row_parquet import judge_native_row, native_judge
from csc_warehouse.landing.reading.rows import NUL, Block, RowRules
from csc_warehouse.landing.verifying.parquet_safety import damaged

if TYPE_CHECKING:
    import pyarrow as pa

_A_SECOND = 10**6
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
"""1 January 1 and 31 December 9999, in days since 1970: what a date can be."""
_FIRST_MICROSECOND = _FIRST_DAY * 86_400 * _A_SECOND
_LAST_MICROSECOND = (_LAST_DAY + 1) * 86_400 * _A_SECOND - 1


def read_parquet(stream: BinaryIO, rules: RowRules, file_name: str, notices: list[str]) -> Iterator[Block]:
    """Yield the rows of a Parquet file, as CsvReader asks; grain: a block or two per batch of rows."""
    import numpy as np
    import pyarrow as pa

    file, columns = open_columns(stream, rules, file_name, notices)
    judge = native_judge(rules)
    reader = _column_reader(rules.contract.text)
    for first, arrays in batches(file, columns, file_name):
        count = max((len(array) for array in arrays if array is not None), default=0)
        # a damaged page may name a text that its dictionary does not have
        with damaged(file_name):
            odd = np.zeros(count, dtype=bool)
            texts: dict[str, pa.Array] = {}
            known: dict[str, pa.Array] = {}
            for column, kind, array in zip(rules.entity.columns, columns.kinds, arrays, strict=True):
                if kind is None or array is None:
                    texts[column.name] = known[column.name] = pa.repeat(pa.scalar("", pa.string()), count)
                    continue
                texts[column.name] = _texts(kind, array, column, odd)
                if kind == column.native_type and kind in ("date", "time"):
                    # a date or time has one text, which is the canonical one
                    known[column.name] = texts[column.name]
            numbers = np.arange(first, first + count)
            block, places = judged_block(rules, reader, pa.table(texts), numbers, known=known, is_suspect=odd)
            for place in places.tolist():
                judge_native_row(judge, rules, columns.kinds, arrays, place, first + place)
        yield block
        if judge.count:
            yield judge.take()


@cache
def _column_reader(text: TextFormat) -> ColumnReader:
    return ColumnReader(text)


def _texts(kind: NativeType, values: pa.Array, column: Column, odd: Any) -> pa.Array:
    """Return a column as text, blank for null; rows whose value has no such text, or a long one, are marked odd."""
    import pyarrow.compute as pc

    if kind == "text":
        return _plain_texts(values, column.max_length, odd)
    if kind == "date":
        return _date_texts(values, odd)
    if kind == "time":
        return _time_texts(values, odd)
    if kind == "list_of_text":
        return _list_texts(values, column.max_length, odd)
    return pc.fill_null(values.cast("string"), "")


def _plain_texts(values: pa.Array, longest: int, odd: Any) -> pa.Array:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = values if isinstance(values, pa.DictionaryArray) else values.cast("string").dictionary_encode()
    dictionary, unfit = _fit(encoded.dictionary, longest)
    if len(unfit):
        odd |= np.isin(pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False), unfit)
    return pc.fill_null(dictionary.take(encoded.indices), "")


def _fit(dictionary: pa.Array, longest: int) -> tuple[pa.Array, Any]:
    """Return distinct texts that can be taken over, blank in place of others, and where those others are."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    content = dictionary.cast("large_binary") if not _is_small(dictionary) else dictionary.cast("binary")
    # a text has at most four bytes a character
    is_fit = pc.and_(pc.less_equal(pc.binary_length(content), 4 * longest), _has_no_nul(content))
    content = pc.if_else(is_fit, content, pa.scalar(b"", content.type))
    try:
        texts = content.cast("string")
    except pa.ArrowInvalid:
        is_text = pa.array([_is_utf8(value.as_buffer()) for value in content], pa.bool_())
        is_fit = pc.and_(is_fit, is_text)
        texts = pc.if_else(is_text, content, pa.scalar(b"", content.type)).cast("string")
    return texts, np.flatnonzero(~is_fit.to_numpy(zero_copy_only=False))


def _is_small(dictionary: pa.Array) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(dictionary.type))


def _has_no_nul(content: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    return pc.invert(pc.match_substring(content, NUL))


def _is_utf8(content: Any) -> bool:
    try:
        bytes(content).decode()
    except UnicodeDecodeError:
        return False
    return True


def _date_texts(values: pa.Array, odd: Any) -> pa.Array:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    is_filled = values.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_date64(values.type):
        days = np.floor_divide(pc.fill_null(values.cast("int64"), 0).to_numpy(zero_copy_only=False), 86_400_000)
    else:
        days = pc.fill_null(values.cast("int32"), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    fits = (days >= _FIRST_DAY) & (days <= _LAST_DAY)
    odd |= ~fits
    dates = pa.array(np.where(fits, days, 0).astype(np.int32), pa.int32(), mask=~(is_filled & fits)).cast("date32")
    return pc.fill_null(dates.cast("string"), "")


def _time_texts(values: pa.Array, odd: Any) -> pa.Array:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    is_filled = values.is_valid().to_numpy(zero_copy_only=False)
    counts = pc.fill_null(values.cast("int64"), 0).to_numpy(zero_copy_only=False)
    if values.type.unit == "ns":
        moments = np.floor_divide(counts, NANOSECONDS_IN_ONE)
        fits = np.ones(len(counts), dtype=bool)
    else:
        factor = MICROSECONDS[values.type.unit]
        # compared before they are multiplied, as they may be as large as a number can be
        fits = (counts >= _FIRST_MICROSECOND // factor) & (counts <= _LAST_MICROSECOND // factor)
        moments = np.where(fits, counts, 0) * factor
    odd |= ~fits
    seconds = np.floor_divide(moments, _A_SECOND)
    fractions = moments - seconds * _A_SECOND
    whole = pa.array(seconds, pa.int64(), mask=~(is_filled & fits)).cast(pa.timestamp("s"))
    texts = pc.binary_join_element_wise(pc.utf8_replace_slice(whole.cast("string"), 10, 11, "T"), "Z", "")
    places = np.flatnonzero(is_filled & (fractions != 0))
    if len(places):
        marks = pa.array(np.isin(np.arange(len(values)), places))
        exact = [
            f"{text[:-1]}.{fractions[place]:06d}Z" if text else None
            for place, text in zip(places.tolist(), texts.take(pa.array(places)).to_pylist(), strict=True)
        ]
        texts = pc.replace_with_mask(texts, marks, pa.array(exact, pa.string()))
    return pc.fill_null(texts, "")


def _list_texts(values: pa.Array, longest: int, odd: Any) -> pa.Array:
    """Return lists as text; one with a blank member, a long one or one that holds the joiner is marked odd."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    members = pc.list_flatten(values)
    owners = pc.list_parent_indices(values).to_numpy(zero_copy_only=False)
    odd_members = np.zeros(len(members), dtype=bool)
    texts = _plain_texts(members, longest, odd_members)
    is_blank = pc.equal(pc.utf8_trim(texts, WHITESPACE), "")
    odd_members |= pc.or_(is_blank, pc.match_substring(texts, MULTIPLE)).to_numpy(zero_copy_only=False)
    odd[np.unique(owners[odd_members])] = True
    lengths = pc.fill_null(pc.list_value_length(values), 0).to_numpy(zero_copy_only=False)
    # so many members that their text is longer than agreed, whatever they are
    odd |= lengths > longest + 1
    sizes = np.where(odd, 0, lengths)
    kept = texts.filter(pa.array(~odd[owners], pa.bool_())) if len(texts) else texts
    offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), kept)
    return pc.binary_join(lists, MULTIPLE)
