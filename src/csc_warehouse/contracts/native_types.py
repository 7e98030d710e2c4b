"""The native types of a Parquet file's columns: which are agreed, and what each value is as text (deliveries.md 8).

Landing keeps text: a date as ISO 8601 has it, a time in UTC, a boolean as true or false, a list joined by `+`.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from csc_warehouse.contracts.model import MULTIPLE, Column, NativeType

if TYPE_CHECKING:
    import pyarrow as pa

UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Z", "+00:00"})
IN_WORDS: dict[NativeType, str] = {
    "text": "text",
    "date": "a date",
    "time": "a timestamp in UTC",
    "boolean": "a boolean",
    "whole_number": "a whole number",
    "list_of_text": "a list of texts",
}
NO_JOINER = "\N{FULLWIDTH PLUS SIGN}"
"""Stands for a plus within a member of a list: what joins the members may not make two of one."""
_MOST_BYTES = 4
"""Of a character in UTF-8."""
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001  (an instant in UTC, as all here are)
_FIRST_ORDINAL = datetime.date(1970, 1, 1).toordinal()
MICROSECONDS = {"s": 10**6, "ms": 10**3, "us": 1}
"""In one unit of a timestamp; nanoseconds have none."""
NANOSECONDS_IN_ONE = 1000


def native_type_of(kind: pa.DataType) -> NativeType | None:
    """Return the agreed name of an Arrow type; None for any that no contract can agree to."""
    from pyarrow import types

    if types.is_timestamp(kind):
        return "time" if kind.tz in UTC_NAMES else None
    if types.is_dictionary(kind):
        return "text" if native_type_of(kind.value_type) == "text" else None
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return "list_of_text" if native_type_of(kind.value_type) == "text" else None
    plain: dict[NativeType, bool] = {
        "text": types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind),
        "date": types.is_date(kind),
        "boolean": types.is_boolean(kind),
        "whole_number": types.is_integer(kind),
    }
    return next((name for name, is_it in plain.items() if is_it), None)


def is_agreed(column: Column, found: NativeType | None) -> bool:
    """Tell whether a column may come in a native type: its own, or one that converts to it without loss."""
    return found is not None and found in (column.native_type, *column.also_sent_as)


def text_of(kind: NativeType, values: pa.Array, place: int, longest: int) -> str:
    """Return one value as text, blank for null; what no date or time can be is told by a text that is none.

    Bytes that are no UTF-8 become lone surrogates. A text of more than so many characters is cut, and still has more.
    """
    value = values[place]
    return _TEXTS[kind](value, longest) if value.is_valid else ""


def _list_text(value: Any, longest: int) -> str:
    # what is longer than agreed has more members than it may have characters, or a long one
    members = range(min(len(value.values), longest + 2))
    return _joined([_member(value.values, member, longest) for member in members])


def _joined(members: Sequence[str]) -> str:
    """Return the members of a list as one text; a list of one blank member is told from an empty one."""
    return MULTIPLE if list(members) == [""] else MULTIPLE.join(members)


def _member(values: pa.Array, place: int, longest: int) -> str:
    return _decoded(values[place], longest).replace(MULTIPLE, NO_JOINER) if values[place].is_valid else ""


def _decoded(value: Any, longest: int) -> str:
    import pyarrow as pa

    if isinstance(value, pa.DictionaryScalar):
        value = value.dictionary[value.index.as_py()]
    # as bytes: text that is no UTF-8 cannot be taken over as it is
    content = memoryview(value.as_buffer())
    if len(content) <= _MOST_BYTES * (longest + 2):
        return bytes(content).decode("utf-8", "surrogateescape")
    # many rows may share a value of many megabytes
    text = bytes(content[: _MOST_BYTES * (longest + 2)]).decode("utf-8", "surrogateescape")
    return text[: longest + 1]


def _date_text(value: Any, longest: int) -> str:  # noqa: ARG001  (one form for all kinds)
    import pyarrow as pa

    days = value.value if isinstance(value, pa.Date32Scalar) else value.value // 86_400_000
    try:
        return datetime.date.fromordinal(_FIRST_ORDINAL + days).isoformat()
    except (ValueError, OverflowError):
        return f"day {days}"


def _time_text(value: Any, longest: int) -> str:  # noqa: ARG001  (one form for all kinds)
    unit, count = value.type.unit, value.value
    microseconds = count // NANOSECONDS_IN_ONE if unit == "ns" else count * MICROSECONDS[unit]
    try:
        return (_EPOCH + datetime.timedelta(microseconds=microseconds)).isoformat() + "Z"
    except OverflowError:
        return f"{count} {unit}"


_TEXTS: dict[NativeType, Callable[[Any, int], str]] = {
    "text": _decoded,
    "date": _date_text,
    "time": _time_text,
    "boolean": lambda value, _: "true" if value.as_py() else "false",
    "whole_number": lambda value, _: str(value.as_py()),
    "list_of_text": _list_text,
}
