"""Rows from a database as a Parquet file of the native types that a contract agreed (deliveries.md 1 and 8)."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from csc_warehouse.contracts.canonical import boolean
from csc_warehouse.contracts.model import MULTIPLE, Entity, NativeType
from csc_warehouse.sources.delivery import Untrusted

_SOME_ROWS = 20_000
_TRUTHS = {"1": True, "0": False}
_VALUES: dict[NativeType, Callable[[str], Any]] = {
    "text": str,
    "date": datetime.date.fromisoformat,
    "time": lambda text: datetime.datetime.fromisoformat(text).astimezone(datetime.UTC),
    "boolean": lambda text: _TRUTHS[boolean(text)],
    "whole_number": int,
    "list_of_text": lambda text: text.split(MULTIPLE),
}


def write_parquet(path: Path, entity: Entity, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write rows, given as landing keeps them, and return how many. A blank text is a null.

    Raises Untrusted where a value is none of its column's type.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow: dict[NativeType, Any] = {
        "text": pa.string(),
        "date": pa.date32(),
        "time": pa.timestamp("us", tz="UTC"),
        "boolean": pa.bool_(),
        "whole_number": pa.int64(),
        "list_of_text": pa.list_(pa.string()),
    }
    known = {name.lower(): entity.by_name.get(name.lower()) for name in columns}
    kinds = [column.native_type if (column := known[name.lower()]) is not None else "text" for name in columns]
    schema = pa.schema([(name, arrow[kind]) for name, kind in zip(columns, kinds, strict=True)])
    count = 0
    coming = iter(rows)
    with pq.ParquetWriter(path, schema) as writer:
        while some := list(itertools.islice(coming, _SOME_ROWS)):
            arrays = [
                pa.array([_native(kind, row[place], entity, name) for row in some], arrow[kind])
                for place, (name, kind) in enumerate(zip(columns, kinds, strict=True))
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(some)
    return count


def _native(kind: NativeType, text: str, entity: Entity, name: str) -> Any:
    if not text:
        return None
    try:
        return _VALUES[kind](text)
    except (ValueError, KeyError) as error:
        raise Untrusted(
            f"shows in {entity.name}.{name.lower()} a value that is no {kind.replace('_', ' ')}",
            remedy="ask the supplier of which type the column is",
        ) from error
