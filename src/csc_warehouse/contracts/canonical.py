"""The canonical text of a value: what decides whether a row changed, and whether it can be read at all.

Rows stay in landing as they were sent. Two texts of one fact (zeros lost in a spreadsheet, a key in another case,
stray spaces, a replica's native type) have one canonical text; deliveries.md sections 2, 3 and 7.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from zoneinfo import ZoneInfo

from csc_warehouse.contracts.chain import FORMER_MARK
from csc_warehouse.contracts.code_lists import TRUTH
from csc_warehouse.contracts.model import MULTIPLE, Column, TextFormat
from csc_warehouse.contracts.names import WHITESPACE, canonical_name

LOCAL = ZoneInfo("Europe/London")
_DAY_FIRST = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})(?: ([0-9]{2}):([0-9]{2}))?\Z")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})\Z")
_ISO_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,7}))?)?"
    r"(?:Z|([+-])([0-9]{2}):?([0-9]{2}))\Z"
)
UUID = r"\A[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\z"
"""The usual form of a UUID in lower case, as RE2 reads it; Python writes its end as `\\Z`."""
_UUID = re.compile(UUID.replace(r"\z", r"\Z"))
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)\Z")

UNREADABLE = "\x00"
"""What a canonical function gives for a text that its type cannot hold; no file's text can be equal to it."""

Canonical = Callable[[str], str]


def key(text: str) -> str:
    """Return a key without stray spaces and leading zeros; a key of zeros alone is `0`."""
    stripped = text.strip(WHITESPACE)
    return stripped.lstrip("0") or stripped[:1]


def guid(text: str) -> str:
    """Return a GUID without stray spaces, its ASCII letters in lower case."""
    stripped = text.strip(WHITESPACE)
    # bytes know ASCII letters alone; what did not decode passes through, to be set apart by its own rule
    return stripped.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def uuid(text: str) -> str:
    """Return a UUID in lower case; what is filled and no UUID in its usual form cannot be read."""
    known = guid(text)
    return known if not known or _UUID.match(known) else UNREADABLE


def former(text: str) -> str:
    """Return the row that a text names, `system:key`: in lower case, a number without leading zeros.

    A key alone, or any other text, is returned the same way; whoever follows it sees that it names no system.
    """
    source, mark, named = guid(text).partition(FORMER_MARK)
    if not mark:
        return source
    named = named.strip(WHITESPACE)
    return f"{source.rstrip(WHITESPACE)}{mark}{key(named) if named.isascii() and named.isdigit() else named}"


def code(text: str) -> str:
    """Return a code as it compares: composed, without stray spaces, in upper case."""
    return canonical_name(text)


def codes(text: str) -> str:
    """Return several codes joined by `+`, each as it compares, in alphabetical order."""
    stripped = code(text)
    if MULTIPLE not in stripped:
        return stripped
    return MULTIPLE.join(sorted(part.strip(" ") for part in stripped.split(MULTIPLE)))


def boolean(text: str) -> str:
    """Return a code; the words that databases use for truth become 1 and 0."""
    known = code(text)
    return TRUTH.get(known, known)


def plain(text: str) -> str:
    """Return text without stray spaces around it, line breaks alike."""
    stripped = text.strip(WHITESPACE)
    return stripped.replace("\r\n", "\n").replace("\r", "\n") if "\r" in stripped else stripped


def number(text: str) -> str:
    """Return a decimal number without needless zeros and signs."""
    stripped = text.strip(WHITESPACE)
    if not stripped:
        return ""
    if not _NUMBER.match(stripped):
        return UNREADABLE
    if stripped.isdigit():
        return stripped.lstrip("0") or "0"
    plain_text = f"{Decimal(stripped):f}"
    if "." in plain_text:
        plain_text = plain_text.rstrip("0").rstrip(".")
    return "0" if plain_text in ("-0", "") else plain_text


def number_within(column: Column) -> Canonical:
    """Return the reader of a column's numbers: within its bounds, and whole where that was agreed."""
    minimum, maximum, is_whole = column.minimum, column.maximum, column.is_whole

    def read(text: str) -> str:
        plain_text = number(text)
        if plain_text in ("", UNREADABLE):
            return plain_text
        value = Decimal(plain_text)
        is_within = (minimum is None or value >= minimum) and (maximum is None or value <= maximum)
        return plain_text if is_within and not (is_whole and "." in plain_text) else UNREADABLE

    return read


def iso_date(text: str) -> str:
    """Return an ISO date."""
    stripped = text.strip(WHITESPACE)
    if not stripped:
        return ""
    match = _ISO_DATE.match(stripped)
    return _date(match[1], match[2], match[3]) if match else UNREADABLE


def iso_time(text: str) -> str:
    """Return an ISO date and time with its offset as UTC to the microsecond, without needless zeros."""
    stripped = text.strip(WHITESPACE)
    if not stripped:
        return ""
    match = _ISO_TIME.match(stripped)
    if match is None:
        return UNREADABLE
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = match.groups()
    try:
        moment = datetime.datetime(  # noqa: DTZ001  (the offset is taken off below)
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            int(second or 0),
            int(((fraction or "") + "000000")[:6]),
        )
        if sign is not None:
            if int(hours) > 14 or int(minutes) > 59:
                return UNREADABLE
            offset = datetime.timedelta(hours=int(hours), minutes=int(minutes))
            moment = moment - offset if sign == "+" else moment + offset
    except (ValueError, OverflowError):
        return UNREADABLE
    return moment.isoformat() + "Z"


def _date(year: str, month: str, day: str) -> str:
    try:
        return datetime.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return UNREADABLE


def day_first_date(null_dates: tuple[str, ...]) -> Canonical:
    """Return the reader of `dd/mm/yyyy`; the dates that stand for null, with or without a midnight, become blank."""
    nulls = _with_midnight(null_dates)

    def read(text: str) -> str:
        stripped = text.strip(WHITESPACE)
        if not stripped or stripped in nulls:
            return ""
        match = _DAY_FIRST.match(stripped)
        return _date(match[3], match[2], match[1]) if match and match[4] is None else UNREADABLE

    return read


def day_first_time(null_dates: tuple[str, ...]) -> Canonical:
    """Return the reader of `dd/mm/yyyy HH:MM`, local; canonical is the same local time in ISO order."""
    nulls = _with_midnight(null_dates)

    def read(text: str) -> str:
        stripped = text.strip(WHITESPACE)
        if not stripped or stripped in nulls:
            return ""
        match = _DAY_FIRST.match(stripped)
        if not match or match[4] is None or int(match[4]) > 23 or int(match[5]) > 59:
            return UNREADABLE
        day = _date(match[3], match[2], match[1])
        return f"{day}T{match[4]}:{match[5]}" if day != UNREADABLE else UNREADABLE

    return read


def _with_midnight(null_dates: tuple[str, ...]) -> frozenset[str]:
    return frozenset(null_dates) | {f"{date} 00:00" for date in null_dates}


def canonical_function(column: Column, text: TextFormat) -> Canonical:
    """Return the function that gives a column's canonical text, or UNREADABLE."""
    if column.type == "date":
        return day_first_date(text.null_dates) if text.dates == "day_first" else iso_date
    if column.type == "time":
        return day_first_time(text.null_dates) if text.dates == "day_first" else iso_time
    if column.type == "code":
        return codes if column.is_multiple else code
    if column.type == "number":
        return number_within(column)
    return _BY_TYPE[column.type]


_BY_TYPE: dict[str, Canonical] = {
    "key": key,
    "guid": guid,
    "uuid": uuid,
    "former": former,
    "boolean": boolean,
    "name": canonical_name,
    "text": plain,
}


AFTER_ALL_DATES = "~"
"""Sorts after every canonical date and time."""


def future_from(column: Column, text: TextFormat, business_date: datetime.date) -> str:
    """Return the canonical text from which on a date or time lies after the business date, Europe/London."""
    if business_date == datetime.date.max:
        # no date that can be read lies after the last one there is
        return AFTER_ALL_DATES
    next_day = business_date + datetime.timedelta(days=1)
    if column.type == "date" or text.dates == "day_first":
        return next_day.isoformat()
    midnight = datetime.datetime.combine(next_day, datetime.time(), tzinfo=LOCAL)
    return midnight.astimezone(datetime.UTC).replace(tzinfo=None).isoformat()
