"""The form of a data table of StatsWales, declared in form.yml and validated on load; codes of years and quarters."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

DECLARATION = Path(__file__).with_name("form.yml")
Fills = Literal["value", "numerator", "denominator", "lower_quartile", "upper_quartile"]
WHOLE = "all"
"""Breakdown and group of what is not divided."""
_YEARS = r"(?P<first>(?:19|20)\d{2})(?:[-/]?(?:19|20)?(?P<second>\d{2}))"
_CODE = re.compile(rf"{_YEARS}(?:[-_ ]?Q(?P<quarter>[1-4]))?", re.IGNORECASE)


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Declared):
    """One column: the heading under which it is written, and others under which it is read."""

    heading: str
    also: tuple[str, ...] = ()


class NoteCode(_Declared):
    """A published note code: whether there is a value beside it, and what it means in both languages."""

    value: Literal["kept", "none", "forecast"]
    en: str = Field(min_length=3)
    cy: str = Field(min_length=3)


class Measure(_Declared):
    """What a value is: the column of a comparator that it fills, of which kinds of value, and how it is described."""

    fills: Fills
    of: tuple[Literal["count", "percent", "mean", "money"], ...] = Field(min_length=1)
    type: str
    format: Literal["integer", "decimal"]
    decimal: int | None = None
    en: str = Field(min_length=3)
    cy: str = Field(min_length=3)


class Form(_Declared):
    """The whole form."""

    columns: dict[str, Column]
    beside: tuple[str, ...]
    symbols: dict[str, str]
    notes: dict[str, NoteCode]
    measures: dict[str, Measure]
    nations: dict[str, str]

    @model_validator(mode="after")
    def _agree(self) -> Form:
        headings = [folded(name) for column in self.columns.values() for name in (column.heading, *column.also)]
        headings += [folded(name) for name in self.beside]
        if len(headings) != len(set(headings)):
            raise ValueError("a heading stands for two columns")
        if not set(self.symbols.values()) <= {code for code, note in self.notes.items() if note.value == "none"}:
            raise ValueError("a symbol stands for a note code beside which there is no value")
        return self

    def column_of(self, heading: str) -> str | None:
        """Return what a column holds, by its heading without capitals and blanks; empty: nothing; None: unknown."""
        wanted = folded(heading)
        for name, column in self.columns.items():
            if wanted in (folded(column.heading), *map(folded, column.also)):
                return name
        return "" if wanted in map(folded, self.beside) else None

    def measure_of(self, value_type: str) -> str:
        """Return the code of the measure that is the value of an indicator of a kind: count, percent, mean or money."""
        return next(code for code, one in self.measures.items() if one.fills == "value" and value_type in one.of)


class Period(NamedTuple):
    """A year or a quarter, as dim_periods has it."""

    period_type: str
    label: str


def folded(text: str) -> str:
    """Return a heading without blanks and capital letters."""
    return "".join(text.split()).casefold()


@functools.cache
def load_form(path: Path = DECLARATION) -> Form:
    """Read and validate the form. Raises pydantic.ValidationError naming the key that is wrong."""
    return Form.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def year_code(period_type: str, label: str) -> str | None:
    """Return the code of a year (201819 of 2018/19) or a quarter (201819Q2); None: StatsWales has no code for it."""
    if period_type not in ("year", "quarter"):
        return None
    return label.replace("/", "").replace(" ", "")


def period_of(code: str) -> Period | None:
    """Return the financial year or quarter that a code stands for, in any of the published forms; None: for neither.

    201819, 2018-19, 2018/19, 20182019, 2018-2019 and 2018/2019 are the year; a quarter follows with Q2, _Q2 or -Q2.
    """
    found = _CODE.fullmatch(code.strip())
    if found is None or (int(found["first"]) + 1) % 100 != int(found["second"]):
        return None
    year = f"{found['first']}/{found['second']}"
    return Period("year", year) if found["quarter"] is None else Period("quarter", f"{year} Q{found['quarter']}")
