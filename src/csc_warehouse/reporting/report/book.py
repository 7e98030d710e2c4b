"""All that one report may say, as it was published: figures, the register, targets, comparators and breaks."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from csc_warehouse.texts import Language

ALL = "all"
HIDDEN = "suppressed"
PUBLISHED_BEFORE = "published_before"
"""Of a figure that the council published before the warehouse's own history: no record is behind it here."""


@dataclass(frozen=True)
class Period:
    """One period: its kind, label, and first and nominal last day."""

    kind: str
    label: str
    start: datetime.date
    end: datetime.date


@dataclass(frozen=True)
class Figure:
    """One figure as far as it is shown: an indicator, or a group of it, in a period."""

    period: str
    display: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    status: str
    previous: Decimal | None = None
    """The figure that its direction was tested against."""
    target: Decimal | None = None
    rating: str = ""
    direction: str = ""
    grade: str = ""
    caveat: str = ""


@dataclass(frozen=True)
class Entry:
    """What the register says of one indicator, as of the release."""

    code: str
    local_code: str
    titles: Mapping[str, str]
    framework: str
    flow_or_stock: str
    value_type: str
    unit: str
    good_direction: str
    period_types: frozenset[str]
    is_confirmed: bool
    confirm_note: str
    numerator_text: str = ""
    denominator_text: str = ""

    @property
    def is_national(self) -> bool:
        """Tell whether the measure is one of a national framework."""
        return self.framework != "local"


@dataclass(frozen=True)
class Comparator:
    """A figure that somebody else published: of whom, of which year."""

    scope: str
    is_own: bool
    period: str
    value: Decimal
    quartiles: tuple[Decimal, Decimal] | None = None
    scope_cy: str = ""
    """Its name in Welsh; empty where it has no other."""

    def called(self, language: str) -> str:
        """Return the name of the scope in a language."""
        return self.scope_cy if language == "cy" and self.scope_cy else self.scope


@dataclass(frozen=True)
class Break:
    """A day from which figures are not wholly comparable with those before, and why."""

    day: datetime.date
    reasons: Mapping[str, str]


@dataclass(frozen=True)
class Target:
    """A target and the days for which it holds."""

    comparison: str
    value: Decimal
    valid_from: datetime.date
    valid_to: datetime.date | None


@dataclass(frozen=True)
class Revised:
    """A figure that was signed as another one."""

    code: str
    title: str
    period: str
    before: str
    now: str
    reason: str
    """Empty while nobody has signed the new one."""
    breakdown: str = ALL
    group: str = ALL
    on: datetime.date | None = None
    """The day of the signature that revised it, where a report lists every one."""


@dataclass(frozen=True)
class Note:
    """What authors wrote at a section: its paragraphs, who and when."""

    paragraphs: tuple[str, ...]
    by: str
    on: datetime.date
    language: Language = "en"


@dataclass(frozen=True)
class Label:
    """What a group of a breakdown is called, and its place among the others."""

    titles: Mapping[str, str]
    order: int


@dataclass(frozen=True)
class Book:
    """What was read of one release for one authority and profile, once."""

    period: Period
    as_at: datetime.date
    periods: tuple[Period, ...]
    """Every period that there are figures of, up to the end of the report's, the earliest first in each kind."""
    figures: Mapping[tuple[str, str, str], Mapping[str, Figure]]
    """By indicator, breakdown and group; then by label of the period."""
    register: Mapping[str, Entry]
    comparators: Mapping[str, tuple[Comparator, ...]] = field(default_factory=dict)
    targets: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)
    breaks: Mapping[str, tuple[Break, ...]] = field(default_factory=dict)
    leanings: Mapping[tuple[str, str], tuple[bool, bool]] = field(default_factory=dict)
    """By indicator and period: whether unknown facts could make the figure higher, or lower."""
    revised: tuple[Revised, ...] = ()
    notes: Mapping[str, Note] = field(default_factory=dict)
    """By section."""
    labels: Mapping[tuple[str, str], Label] = field(default_factory=dict)
    """By breakdown and group."""

    def of_kind(self, kind: str) -> tuple[Period, ...]:
        """Return the periods of a kind, the earliest first."""
        return tuple(period for period in self.periods if period.kind == kind)

    @property
    def within(self) -> tuple[Period, ...]:
        """Return the quarters of the report's period; none where it is no longer than one."""
        inside = (p for p in self.of_kind("quarter") if self.period.start <= p.start and p.end <= self.period.end)
        return tuple(period for period in inside if period != self.period)

    @property
    def year_before(self) -> Period | None:
        """Return the same period of the year before; None where the history does not reach back."""
        return self.a_year_before(self.period)

    @property
    def is_ended(self) -> bool:
        """Tell whether the report's period had ended on the day whose state is shown."""
        return self.period.end <= self.as_at

    def a_year_before(self, period: Period) -> Period | None:
        """Return the period of the same months a year before another; None where the history does not reach back."""
        bounds = [(day.year - 1, day.month) for day in (period.start, period.end)]
        same = (p for p in self.of_kind(period.kind) if [(day.year, day.month) for day in (p.start, p.end)] == bounds)
        return next(same, None)

    def before(self, period: Period) -> Period | None:
        """Return the period of the same kind before another; of a year to date the same quarters a year before."""
        if period.kind == "year_to_date":
            return self.a_year_before(period)
        return next((p for p in self.of_kind(period.kind) if p.end + datetime.timedelta(days=1) == period.start), None)

    def trend(self, kind: str, number: int) -> tuple[Period, ...]:
        """Return the last periods of a kind up to the end of the report's."""
        return self.of_kind(kind)[-number:]

    def figure(self, code: str, period: Period | None, breakdown: str = ALL, group: str = ALL) -> Figure | None:
        """Return a figure; None where there is none of that period."""
        return None if period is None else self.figures.get((code, breakdown, group), {}).get(period.label)

    def groups(self, code: str, breakdown: str) -> tuple[str, ...]:
        """Return the groups of a breakdown that have a figure in any of the periods, in order."""
        return tuple(sorted(group for its, by, group in self.figures if (its, by) == (code, breakdown)))

    def target_words(self, code: str, figure: Figure) -> str:
        """Return which way a figure's target holds: at_most or at_least."""
        held = (t.comparison for t in self.targets.get(code, ()) if t.value == figure.target)
        return next(held, "at_least" if self.register[code].good_direction == "high" else "at_most")
