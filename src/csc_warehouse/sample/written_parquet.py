"""Files of the successor of WCCIS, opened again to be damaged: native rows as text, and back."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from csc_warehouse.sample.successor_tables import SUCCESSOR_TABLES
from csc_warehouse.sample.successor_writer import schema_of
from csc_warehouse.sample.tables import TABLES

if TYPE_CHECKING:
    import pyarrow as pa

_BY_ENTITY = {table.entity: table for table in SUCCESSOR_TABLES}
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_MEMBERS = "+"


def file_of(entity: str) -> str:
    """Return the name of an entity's file."""
    return f"{_BY_ENTITY[entity].name}.parquet"


def column_names(entity: str) -> dict[str, str]:
    """Return an entity's columns by the names under which records hold their values."""
    own = next(column.name for column in TABLES[entity].columns if column.kind == "key")
    common = {own: "id", "legacyid": "migrated_from", "modifiedon": "changed_at", "owningauthority": "authority"}
    return {
        **{
            "client_no" if column.kind == "client" else column.value: column.name
            for column in _BY_ENTITY[entity].columns
        },
        **common,
    }


def as_text(content: bytes) -> tuple[list[str], list[list[str]]]:
    """Return a file's column names and its rows as texts, blank for null."""
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(content))
    columns = [[_text(value) for value in column.to_pylist()] for column in table.columns]
    return list(table.column_names), [list(row) for row in zip(*columns, strict=True)]


def as_table(entity: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> pa.Table:
    """Return rows of texts in the native types that were agreed; a column that was not agreed stays text."""
    import pyarrow as pa

    agreed = schema_of(_BY_ENTITY[entity])
    fields = [agreed.field(name) if name in agreed.names else pa.field(name, pa.string()) for name in header]
    columns = [
        pa.array([_native(field.type)(row[place]) if row[place] else None for row in rows], field.type)
        for place, field in enumerate(fields)
    ]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.strftime(_TIME)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return _MEMBERS.join(member or "" for member in value)
    return str(value)


def _native(kind: pa.DataType) -> Callable[[str], Any]:
    from pyarrow import types

    if types.is_timestamp(kind):
        return lambda text: dt.datetime.strptime(text, _TIME).replace(tzinfo=dt.UTC)
    if types.is_date(kind):
        return dt.date.fromisoformat
    if types.is_boolean(kind):
        return "true".__eq__
    if types.is_list(kind):
        return lambda text: [member or None for member in text.split(_MEMBERS)]
    return str
