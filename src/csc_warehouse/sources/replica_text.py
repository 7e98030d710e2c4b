"""A database's native values as the texts that a source's files would hold: the same fact is then no change."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal

from csc_warehouse.contracts.canonical import LOCAL
from csc_warehouse.contracts.code_lists import CodeEntry
from csc_warehouse.contracts.model import Column, TextFormat
from csc_warehouse.contracts.names import canonical_name

Writer = Callable[[object], str]


def writer_of(column: Column, text: TextFormat, code_lists: Mapping[str, tuple[CodeEntry, ...]]) -> Writer:
    """Return the function that writes a column's native values; null is blank, and a text stays as it is."""
    if column.type == "date":
        return _day_first_date if text.dates == "day_first" else _iso_date
    if column.type == "time":
        return _day_first_time if text.dates == "day_first" else _iso_time
    listed = {canonical_name(entry.sent) for entry in code_lists.get(column.list_name or "", ())}
    truth = ("Y", "N") if {"Y", "N"} <= listed and "1" not in listed else ("1", "0")

    def write(value: object) -> str:
        if isinstance(value, bool):
            return truth[0] if value else truth[1]
        return plain(value)

    return write


def plain(value: object) -> str:
    """Return any value as text: numbers without an exponent or needless zeros, bytes as hexadecimal digits."""
    if value is None:
        return ""
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        written = f"{value:f}"
        return written.rstrip("0").rstrip(".") if "." in written else written
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(value)


def _moment(value: object) -> datetime.datetime | None:
    """Return a native or ISO-written date or time, or None where it is neither: its text is then judged as sent."""
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.date):
        return datetime.datetime.combine(value, datetime.time())
    if isinstance(value, str) and value[4:5] == "-":
        try:
            return datetime.datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    return None


def _local(moment: datetime.datetime) -> datetime.datetime:
    """Return a time as a clock in Wales shows it; one without an offset is that already."""
    return moment if moment.tzinfo is None else moment.astimezone(LOCAL)


def _day_first_date(value: object) -> str:
    moment = _moment(value)
    if moment is None:
        return plain(value)
    day = _local(moment)
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def _day_first_time(value: object) -> str:
    moment = _moment(value)
    if moment is None:
        return plain(value)
    local = _local(moment)
    # the files hold minutes: seconds that only a database keeps are no change
    return f"{_day_first_date(local.replace(tzinfo=None))} {local.hour:02}:{local.minute:02}"


def _iso_date(value: object) -> str:
    moment = _moment(value)
    return plain(value) if moment is None else _local(moment).date().isoformat()


def _iso_time(value: object) -> str:
    moment = _moment(value)
    if moment is None:
        return plain(value)
    # times without an offset are UTC in this source, in its database as in its files
    utc = moment if moment.tzinfo is None else moment.astimezone(datetime.UTC)
    return utc.replace(tzinfo=None, microsecond=0).isoformat() + "Z"
