"""A report as one run of parts, for files that are read from top to bottom: headings, texts, tables, drawings."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from csc_warehouse.texts import Texts


@dataclass(frozen=True)
class Heading:
    """A heading of a level, and the name by which the contents find it."""

    part: ClassVar[str] = "heading"
    level: int
    says: str
    key: str


@dataclass(frozen=True)
class Text:
    """A paragraph: what it is about in bold, and what it says, then more of it. kind: note, author, or empty."""

    part: ClassVar[str] = "text"
    says: str
    lead: str = ""
    kind: str = ""
    more: Sequence[str] = ()
    """Each may be in a language of its own."""


@dataclass(frozen=True)
class Listed:
    """A list of texts."""

    part: ClassVar[str] = "list"
    items: Sequence[Text]


@dataclass(frozen=True)
class Slot:
    """A cell: its figure or words, what stands in lines below it, and the colour that goes with its words."""

    says: str
    under: Sequence[str] = ()
    tone: str = ""


@dataclass(frozen=True)
class Grid:
    """A table: its name, its title, its headings, and its rows, the first cell of each being what the row is about."""

    part: ClassVar[str] = "grid"
    key: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Slot]]
    wide: frozenset[int] = frozenset()
    """Numbers of the columns that hold words; the first always does."""
    has_total: bool = False
    """Whether the last row is that of the whole."""


@dataclass(frozen=True)
class Picture:
    """A drawing with its title."""

    part: ClassVar[str] = "picture"
    key: str
    title: str
    drawing: Markup
    says: str
    """What somebody hears who does not see it."""
    is_small: bool = False


Part = Heading | Text | Listed | Grid | Picture


@dataclass(frozen=True)
class Paper:
    """A report: its title, its language, when its release was signed or made, who speaks, and its parts in order."""

    title: str
    texts: Texts
    made: datetime.datetime
    author: str
    name: str
    """Tells it from every other report, and is the same whenever it is written."""
    parts: Sequence[Part]
