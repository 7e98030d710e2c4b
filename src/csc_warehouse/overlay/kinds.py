"""The kinds of file that a council may lay over the shipped defaults, declared in kinds.yml and validated on load."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

DECLARATION = Path(__file__).with_name("kinds.yml")
REMOVES = "is_removed"
"""Column that a file of rows may have besides those of its seed: true takes the shipped row of that key away."""

Holds = Literal[
    "text",
    "name",
    "date",
    "number",
    "whole_number",
    "choice",
    "indicator",
    "authority",
    "authority_or_all",
    "place",
    "period",
]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Declared):
    """What one column of an overlay file holds."""

    holds: Holds
    of: tuple[str, ...] = ()
    kind: str | None = None
    by: str | None = None
    among: dict[str, tuple[str, ...]] = {}
    may_be_empty: bool = False
    example: str

    @model_validator(mode="after")
    def _agree(self) -> Column:
        if (self.holds == "choice") != bool(self.of):
            raise ValueError("a choice, and nothing else, has of")
        if (self.holds == "period") != (self.kind is not None):
            raise ValueError("a period, and nothing else, names the column of its kind")
        if (self.by is not None) != bool(self.among) or (self.among and self.holds != "name"):
            raise ValueError("names that are listed, and nothing else, say by which column")
        return self


class Kind(_Declared):
    """One file of the overlay: over which seed it is laid, how, and what its columns hold."""

    seed: str
    meaning: str = Field(min_length=20)
    lays: Literal["rows", "values"] = "rows"
    key: tuple[str, ...] = Field(min_length=1)
    apart: tuple[str, str] | None = None
    once: tuple[str, ...] = ()
    columns: dict[str, Column]

    @model_validator(mode="after")
    def _agree(self) -> Kind:
        decisive = (name for column in self.columns.values() for name in (column.kind, column.by) if name)
        named = {*self.key, *(self.apart or ()), *self.once, *decisive}
        unknown = sorted(named - set(self.columns))
        if unknown:
            raise ValueError(f"no such column: {', '.join(unknown)}")
        return self

    @property
    def header(self) -> tuple[str, ...]:
        """Return the columns that a file must have."""
        return tuple(self.columns)

    @property
    def allowed(self) -> tuple[str, ...]:
        """Return every column that a file may have."""
        return (*self.columns, REMOVES) if self.lays == "rows" else self.header


@functools.cache
def load_kinds(path: Path = DECLARATION) -> dict[str, Kind]:
    """Read and validate the declaration: kinds by the name of their file.

    Raises pydantic.ValidationError naming the kind and the key that is wrong.
    """
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  (text alone)
    return {name: Kind.model_validate(declared) for name, declared in content.items()}
