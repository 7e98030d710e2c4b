"""The words of a layout: what may stand in the file, and what each kind of table and figure needs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Shows = Literal["measures", "groups", "cross", "bars", "lines", "multiples"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
LONGEST_TREND = 16
MOST_LINES = 4
"""More lines in one drawing cannot be told apart."""

NEEDS: dict[str, tuple[str, ...]] = {
    "measures": ("indicators",),
    "groups": ("indicators", "breakdowns"),
    "cross": ("indicators", "rows", "columns", "cells"),
    "bars": ("indicators",),
    "lines": ("indicators",),
    "multiples": ("indicators", "breakdowns"),
}
"""What each kind of table and figure needs; the rest of these may not stand in it."""
CHOICES = ("breakdowns", "rows", "columns", "cells")
OF_ONE_MEASURE = ("groups", "cross", "bars", "multiples")


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Declared):
    """A text in both languages."""

    en: Text
    cy: Text

    def __getitem__(self, language: str) -> str:
        """Return the text in a language: en or cy."""
        return str(getattr(self, language))


class Section(_Declared):
    """A chapter: its title, what is said before its tables, and which these are, in order."""

    title: Words
    text: tuple[Words, ...] = ()
    holds: tuple[Name, ...]


class Item(_Declared):
    """One table or figure: what it shows of which indicators, under which number and title."""

    shows: Shows
    number: Words | None = None
    """As the council counts its tables: Table 1, Figure 3."""
    title: Words
    indicators: tuple[Text, ...] = Field(min_length=1)
    breakdowns: tuple[Name, ...] = ()
    """Of groups: each in a part of its own. Of multiples: the one whose groups have a drawing each."""
    rows: Name | None = None
    columns: Name | None = None
    cells: Name | None = None
    """The breakdown whose groups are both, parted by a bar: AIT | SW."""
    periods: Literal["quarter", "half_year", "year"] = "quarter"
    number_of_periods: int = Field(default=8, ge=2, le=LONGEST_TREND)
    notes: tuple[Words, ...] = ()

    @model_validator(mode="after")
    def _agree(self) -> Item:
        needs = NEEDS[self.shows]
        missing = [name for name in needs if not getattr(self, name)]
        if missing:
            raise ValueError(f"what shows {self.shows} says {' and '.join(missing)} too")
        besides = [name for name in CHOICES if getattr(self, name) and name not in needs]
        if besides:
            raise ValueError(f"what shows {self.shows} has no {' and no '.join(besides)}")
        if self.shows in OF_ONE_MEASURE and len(self.indicators) > 1:
            raise ValueError(f"what shows {self.shows} is of one indicator")
        if self.shows == "lines" and len(self.indicators) > MOST_LINES:
            raise ValueError(f"more than {MOST_LINES} lines cannot be told apart")
        if self.shows == "multiples" and len(self.breakdowns) > 1:
            raise ValueError("what shows multiples is of one breakdown")
        return self


class Measure(_Declared):
    """How one indicator is presented, wherever it stands."""

    quarters_only: bool = False
    """Its half year says something else than its quarters, and is left out."""
    compared_with: Literal["half_year", "quarter"] = "half_year"
    """The period before that its change is told against."""
    above: Words | None = None
    """What a figure above nought is called: overspend."""
    below: Words | None = None
    notes: tuple[Words, ...] = ()


EVERY_OTHER = "*"


class Layout(_Declared):
    """A whole report."""

    title: Words
    """What it is about, after the name of the authority."""
    left_out: tuple[Text, ...] = ()
    """Indicators that another report is for: where no table shows them, they are in no part of this one. *: all."""
    order: tuple[Name, ...] = Field(min_length=1)
    sections: dict[Name, Section]
    items: dict[Name, Item]
    groups: dict[Name, dict[Text, Words]] = Field(default_factory=dict)
    """By breakdown: what its groups are called."""
    measures: dict[Text, Measure] = Field(default_factory=dict)

    def measure(self, code: str) -> Measure:
        """Return how an indicator is presented; one that the layout says nothing of as any other."""
        return self.measures.get(code) or Measure()

    def called(self, breakdown: str, group: str, language: str) -> str:
        """Return what a group is called: its own name where the layout has none for it."""
        words = self.groups.get(breakdown, {}).get(group)
        return words[language] if words else group

    def holds(self, code: str) -> bool:
        """Tell whether an indicator belongs into this report: shown by a table, or not left to another report."""
        if any(code in self.items[name].indicators for name in self.shown):
            return True
        return code not in self.left_out and EVERY_OTHER not in self.left_out

    @property
    def shown(self) -> tuple[str, ...]:
        """Return the names of the tables and figures that stand in the report, in order."""
        return tuple(name for section in self.order for name in self.sections[section].holds)
