"""The parts of a report as a page, or a sheet, shows them: filled from the book, one after the other as laid out."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from csc_warehouse.reporting.report.book import Note, Revised
from csc_warehouse.reporting.report.words import Change
from csc_warehouse.texts import ENGLISH, Texts
from csc_warehouse.version import Origin

PROFILE = "committee"
"""Whom the report is for: as it, small numbers are hidden."""
MARKS = {
    "[c]": "hidden",
    "[z]": "nothing_to_divide_by",
    "[x]": "short_history",
    "(p)": "provisional",
    "(r)": "revised",
    "(h)": "published_before",
    "\N{EN DASH}": "none",
}
"""What stands in place of a figure or beside it, each with the name of the text that says what it means."""


@dataclass(frozen=True)
class Cell:
    """One printed figure: its display, its terms in words where they may be shown, and what marks it carries."""

    display: str
    terms: str = ""
    marks: str = ""
    value: Decimal | None = None
    """The figure as it is printed, below nought where it is; None where none is shown."""

    def __str__(self) -> str:
        """Return the figure with its marks."""
        return f"{self.display}{self.marks}"


NOTHING = Cell("\N{EN DASH}")


@dataclass(frozen=True)
class MeasureRow:
    """One indicator: its figures, what they are held against, and what a reader must know of them."""

    code: str
    title: str
    shown_code: str
    unit: str
    is_at_end: bool
    """A state at the end of each period, and no count of what happened in it."""
    within: tuple[Cell, ...]
    now: Cell
    year_before: Cell
    since_year_before: str
    target: str
    rating: str
    rating_class: str
    change: Change
    elsewhere: tuple[str, ...]
    grade: str
    grade_words: str
    notes: tuple[str, ...]
    spark: Markup
    trend: tuple[Cell, ...]


@dataclass(frozen=True)
class Head:
    """What every table and figure has: its name in the layout, its number and title, and its notes."""

    key: str
    number: str
    title: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """A table or figure."""

    head: Head


@dataclass(frozen=True)
class MeasureTable(Block):
    """A line for each indicator. Those that have figures of whole years alone stand in a table of their own."""

    periods: tuple[str, ...]
    period: str
    year_before: str
    trend_periods: tuple[str, ...]
    rows: tuple[MeasureRow, ...]
    kind: str = "measures"

    @property
    def has_targets(self) -> bool:
        """Tell whether any has a target: a column of dashes says nothing."""
        return any(row.target for row in self.rows)

    @property
    def has_elsewhere(self) -> bool:
        """Tell whether any is compared with what somebody else published."""
        return any(row.elsewhere for row in self.rows)

    @property
    def has_year_before(self) -> bool:
        """Tell whether any has a figure of the same period of the year before."""
        return any(row.year_before != NOTHING for row in self.rows)

    @property
    def has_changes(self) -> bool:
        """Tell whether any can be compared with the period before."""
        return any(row.change.sentence for row in self.rows)


@dataclass(frozen=True)
class GroupTable(Block):
    """One indicator by its groups, in parts, and the whole where the parts are of it."""

    measure: str
    unit: str
    periods: tuple[str, ...]
    parts: tuple[tuple[tuple[str, tuple[Cell, ...]], ...], ...]
    whole: tuple[Cell, ...]
    kind: str = "groups"


@dataclass(frozen=True)
class CrossTable(Block):
    """One indicator in rows and columns, with the sum of each, for the period of the report."""

    measure: str
    period: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...], Cell], ...]
    totals: tuple[Cell, ...]
    whole: Cell
    kind: str = "cross"


@dataclass(frozen=True)
class Chart(Block):
    """A drawing with the data behind it; several small ones where it is drawn by group."""

    trend: str
    periods: tuple[str, ...]
    drawings: tuple[tuple[str, Markup], ...]
    data: tuple[tuple[str, tuple[Cell, ...]], ...]
    notes: tuple[str, ...] = ()
    kind: str = "chart"


AnyBlock = MeasureTable | GroupTable | CrossTable | Chart


@dataclass(frozen=True)
class Chapter:
    """A section: its title, what is said first, and its tables and figures."""

    key: str
    title: str
    text: tuple[str, ...]
    blocks: tuple[AnyBlock, ...]
    note: Note | None = None
    """The authors' paragraphs."""


@dataclass(frozen=True)
class Line:
    """One line of the first page: what it is about, and what it says."""

    about: str
    says: str
    tone: str = ""
    """worse, better, or neither."""
    to: str = ""
    """The part of the page that says more."""


@dataclass(frozen=True)
class Report:
    """What one report says; the same release, signed, always says the same."""

    authority_code: str
    authority_name: str
    release_id: int
    period: str
    as_at_date: datetime.date
    verdict: str
    reason: str
    origin: Origin
    """The code that made the release, and so the one whose figures were signed."""
    signatures: tuple[Any, ...]
    answer: tuple[Line, ...]
    chapters: tuple[Chapter, ...]
    revisions: tuple[Revised, ...]
    is_ended: bool = True
    """Whether the period had ended on the as-at day."""
    texts: Texts = ENGLISH
    """What the page says, in its language."""
    other_page: str = ""
    """The name of the page in the other language beside it; empty where none is written."""
    about: str = ""
    """What it is about, after the name of the authority."""
    prefix: str = ""
    """Of the names of its files: which paper it is."""
    data: str = ""
    """Its figures as its file of data holds them, in whatever language the rest is."""

    @property
    def made_at(self) -> datetime.datetime:
        """Return the time that its files carry: of the signature, or the end of the as-at day; of no clock."""
        if self.signatures:
            signed: datetime.datetime = self.signatures[0].signed_at
            return signed.astimezone(datetime.UTC).replace(microsecond=0)
        return datetime.datetime.combine(self.as_at_date, datetime.time(23, 59, 59), datetime.UTC)
