"""Who opened what names records of children: written before it is shown, and never unwritten.

What a login queries of the schema restricted is written by the database itself (quality.note_query).
"""

from __future__ import annotations

from typing import Any, Literal, get_args

from sqlalchemy import text

from csc_warehouse.errors import UsageError
from csc_warehouse.warehouse import Warehouse

Kind = Literal["worklist", "weekly list", "subject"]
Way = Literal["pages", "command"]

_KEEP = text(
    "insert into quality.readings (kind, place, reader, way) values (:kind, :place, :reader, :way) returning reading_id"
)
_NEWEST = text(
    "select kind, place, reader, way, database_user, read_at from quality.readings"
    " where read_at >= now() - make_interval(days => :days) order by reading_id desc limit :most"
)


def record(warehouse: Warehouse, kind: Kind, place: str, *, reader: str, way: Way) -> int:
    """Keep that somebody opens a list of records or what is held about a child; return the number of the row.

    place: the file below its folder, or the command, never a name or number of a child. The caller shows nothing where
    this raises: UsageError where nobody is named, an error of the database where the row cannot be written.
    """
    if kind not in get_args(Kind) or way not in get_args(Way):
        raise UsageError(f"No reading is of the kind {kind} by the way {way}.")
    if not reader.strip():
        raise UsageError("Nobody is known who opens this: log in by a name of your own.")
    with warehouse.transaction() as connection:
        number: int = connection.execute(
            _KEEP, {"kind": kind, "place": place, "reader": reader.strip(), "way": way}
        ).scalar_one()
    return number


def newest(warehouse: Warehouse, *, days: int = 30, most: int = 200) -> list[dict[str, Any]]:
    """Return the openings of the last days, newest first: kind, place, reader, way, database_user, read_at."""
    with warehouse.transaction() as connection:
        return [dict(row) for row in connection.execute(_NEWEST, {"days": days, "most": most}).mappings()]
