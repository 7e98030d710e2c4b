"""What one cell of an overlay file may hold: its value as the warehouse takes it, or the end of a sentence."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from csc_warehouse.authorities import WELSH_AUTHORITIES
from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.errors import nearest, offer, shown
from csc_warehouse.overlay.kinds import Column
from csc_warehouse.settings import Config, authority_fault

NUMBER = re.compile(r"-?\d+(\.\d+)?")
WHOLE_NUMBER = re.compile(r"[1-9]\d{0,8}")
PLACE = re.compile(r"[EKNSW]\d{8}")
_YEAR = r"(?P<year>\d{4})/(?P<next>\d{2})"
PERIODS = {
    "month": (re.compile(r"\d{4}-(0[1-9]|1[0-2])"), "2018-04"),
    "quarter": (re.compile(rf"{_YEAR} Q[1-4]"), "2018/19 Q2"),
    "half_year": (re.compile(rf"{_YEAR} H[12]"), "2018/19 H1"),
    "year_to_date": (re.compile(rf"{_YEAR} YTD Q[1-4]"), "2018/19 YTD Q2"),
    "year": (re.compile(_YEAR), "2018/19"),
}
"""Labels of periods by kind, as dim_periods has them."""


class CellError(ValueError):
    """Raised for a value that a cell may not hold: what is wrong, and what to write."""


@dataclass(frozen=True)
class Known:
    """What a cell may refer to."""

    indicators: frozenset[str]
    config: Config


def read(text: str, column: Column, row: Mapping[str, str], known: Known) -> str:
    """Return a cell's value as the seed takes it; row: the whole line, for what depends on another column.

    Raises CellError.
    """
    text = text.strip()
    hidden = next((character for character in text if not character.isprintable() and character != "\xa0"), None)
    if hidden is not None:
        raise CellError(f"it holds a line break or an invisible character ({hidden!r}); type the text on one line")
    if text.casefold() in ("null", "none", "#n/a") and text not in column.of:
        raise CellError(f"{text} is no value; leave the cell empty, or write the value")
    if not text:
        if not column.may_be_empty:
            raise CellError("it is empty; write a value")
        return ""
    return _READERS[column.holds](text, column, row, known)


def _text(text: str, *_: object) -> str:
    return text.replace("\xa0", " ")


def _name(text: str, column: Column, row: Mapping[str, str], _known: Known) -> str:
    name = canonical_name(text)
    listed = column.among.get(row.get(column.by or "", "").strip(), ())
    if listed and name not in listed:
        raise CellError(f"{shown(text)} is none of the names for it; {offer(name, listed)}")
    return name


def _date(text: str, *_: object) -> str:
    try:
        day = datetime.date.fromisoformat(text) if len(text) == len("2018-04-01") else None
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year <= 2199:
        raise CellError(f"{shown(text)} is no date; write it as 2018-04-01")
    return text


def _number(text: str, *_: object) -> str:
    if not NUMBER.fullmatch(text):
        raise CellError(f"{shown(text)} is no number; write it as 60 or 60.5, without signs, units or commas")
    return text


def _whole_number(text: str, *_: object) -> str:
    if not WHOLE_NUMBER.fullmatch(text):
        raise CellError(f"{shown(text)} is no whole number above nought; write it as 31234, without commas")
    return text


def _choice(text: str, column: Column, *_: object) -> str:
    if text not in column.of:
        raise CellError(f"{shown(text)} is none of the words for it; {offer(text, column.of)}")
    return text


def _indicator(text: str, _column: Column, _row: Mapping[str, str], known: Known) -> str:
    if text not in known.indicators:
        meant = nearest(text, sorted(known.indicators))
        raise CellError(
            f"{shown(text)} is no indicator of the register;"
            + (f" did you mean {meant}?" if meant else " csc-warehouse scorecard lists the codes")
        )
    return text


def _authority(text: str, _column: Column, _row: Mapping[str, str], known: Known) -> str:
    fault = authority_fault(text, known.config)
    if fault is not None:
        raise CellError(fault.rstrip("."))
    return text


def _authority_or_all(text: str, column: Column, row: Mapping[str, str], known: Known) -> str:
    return text if text == "all" else _authority(text, column, row, known)


def _place(text: str, column: Column, row: Mapping[str, str], known: Known) -> str:
    if text in WELSH_AUTHORITIES:
        return text
    if text.startswith("W06") or not PLACE.fullmatch(text):
        return _authority(text, column, row, known)
    return text


def _period(text: str, column: Column, row: Mapping[str, str], _known: Known) -> str:
    kind = row.get(column.kind or "", "").strip()
    if kind not in PERIODS:
        # the column of the kind has a fault of its own
        return text
    form, example = PERIODS[kind]
    found = form.fullmatch(text)
    year = found.groupdict().get("year") if found else None
    if found is None or (year is not None and (int(year) + 1) % 100 != int(found["next"])):
        raise CellError(f"{shown(text)} is no {kind.replace('_', ' ')}; write it as {example}")
    return text


_READERS: dict[str, Callable[[str, Column, Mapping[str, str], Known], str]] = {
    "text": _text,
    "name": _name,
    "date": _date,
    "number": _number,
    "whole_number": _whole_number,
    "choice": _choice,
    "indicator": _indicator,
    "authority": _authority,
    "authority_or_all": _authority_or_all,
    "place": _place,
    "period": _period,
}
