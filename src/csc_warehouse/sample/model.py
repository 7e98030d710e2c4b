"""What the synthetic council is made of: families, children and the records that their workers key."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from dataclasses import dataclass, field
from typing import TypeAlias

from csc_warehouse.sample.calibration import Calibration

Value: TypeAlias = "str | int | dt.date | dt.datetime | Child | Record | None"
DAY = dt.timedelta(days=1)
FAR = dt.date(2100, 1, 1)
"""The end of what is still open."""


@dataclass(slots=True, eq=False)
class Family:
    """A household; its children are referred, planned for and worked with together."""

    number: int
    surname: str
    postcode: str
    ethnicity: str
    language: str
    children: list[Child] = field(default_factory=list)
    last_referral: dt.date | None = None
    is_other_authority: bool = False


@dataclass(slots=True, eq=False)
class Child:
    """One child, and what is open for him or her as the life is made up."""

    family: Family
    born: dt.date
    sex: str
    forename: str
    born_known_on: dt.date | None = None
    """The day on which a birth was keyed for a child first known as unborn; None: known from the start."""
    is_birth_never_keyed: bool = False
    responsible: str | None = None
    """ONS code of another responsible authority; None: own."""
    is_disabled: bool = False
    is_restricted: bool = False
    upn: str | None = None
    open_plan_until: dict[str, dt.date] = field(default_factory=dict)
    """End (exclusive) of the latest plan of each type."""
    plans: list[tuple[dt.date, dt.date]] = field(default_factory=list)
    care_periods: list[tuple[dt.date, dt.date, str | None]] = field(default_factory=list)
    """Start, end (or far future) and end reason of each period of care."""
    assessment_until: dt.date = dt.date.min
    registered_until: dt.date = dt.date(1900, 1, 1)
    duplicate_of: Child | None = None
    """The child of whom this one is a second client row, keyed in error."""
    record: Record | None = None
    """The client row that stands for this child."""

    def is_looked_after_on(self, day: dt.date) -> bool:
        """Tell whether the child is looked after at the end of a day."""
        return any(start <= day < end for start, end, _ in self.care_periods)

    def has_plan_on(self, day: dt.date) -> bool:
        """Tell whether any plan is open on a day."""
        return any(start <= day < end for start, end in self.plans)


@dataclass(slots=True, eq=False)
class Record:
    """One row of one entity, with everything that happened to it; values are named and coded as RAISe has them."""

    entity: str
    child: Child | None
    recorded_at: dt.datetime
    """Local time at which the row first stood in the system."""
    values: dict[str, Value]
    changes: list[tuple[dt.date, dict[str, Value]]] = field(default_factory=list)
    """What was changed, and the day from whose end the system shows it; in order of day."""
    deleted_on: dt.date | None = None
    number: int = 0
    """The RAISe number; 0 for a row that RAISe never held."""
    identity: str = ""
    """The WCCIS GUID, lower case."""
    is_migrated: bool = False
    other_version: Record | None = None
    """The version of the same assessment whose number and GUID this row shares."""
    legacy_number: str | None = None
    """Overrides the legacyid that WCCIS shows."""

    def change(self, day: dt.date, **values: Value) -> None:
        """Note that the row was changed on a day; a change on or before the keying is part of the first version."""
        if day <= self.recorded_at.date():
            self.values.update(values)
            return
        self.changes.append((day, values))
        if len(self.changes) > 1 and self.changes[-2][0] > day:
            self.changes.sort(key=lambda change: change[0])

    def latest(self, column: str) -> Value:
        """Return a column's last value."""
        for _, values in reversed(self.changes):
            if column in values:
                return values[column]
        return self.values.get(column)


@dataclass(slots=True)
class World:
    """One authority's council as it is generated."""

    authority: str
    seed: int
    start: dt.date
    horizon: dt.date
    """Lives are made up to this day, whatever part of them is delivered."""
    cut_over: dt.date | None
    """First day of WCCIS; None: an authority that never had RAISe."""
    is_clean: bool
    scale: float
    calibration: Calibration
    rng: random.Random
    families: list[Family] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)
    records: dict[str, list[Record]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)

    def add(self, record: Record) -> Record:
        """Keep a record."""
        self.records.setdefault(record.entity, []).append(record)
        return record

    def next(self, name: str) -> int:
        """Return the next number of a sequence: incident, care_period, placement, family."""
        self.counters[name] = self.counters.get(name, 0) + 1
        return self.counters[name]

    def guid(self, kind: str, number: object) -> str:
        """Return the GUID of a thing, lower case, the same for a seed."""
        digest = hashlib.md5(
            f"{self.seed}|{self.authority}|{kind}|{number}".encode(), usedforsecurity=False
        ).hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"

    def lag(self) -> int:
        """Return the days between an event and its keying: mostly none, at times weeks."""
        draw = self.rng.random()
        if self.is_clean or draw < 0.80:
            return 0
        if draw < 0.95:
            return self.rng.randint(1, 3)
        return self.rng.randint(4, 30)

    def worker(self) -> str:
        """Return a worker's code."""
        return f"W{100 + self.rng.randrange(64)}"

    def days(self, mean: float, low: int, high: int) -> int:
        """Draw a skewed number of days."""
        return min(max(low, round(self.rng.lognormvariate(0, 0.55) * mean * 0.86)), high)

    def keyed_at(self, day: dt.date, *, lag: int | None = None) -> dt.datetime:
        """Return an office time at which an event of a day was keyed."""
        day += dt.timedelta(days=self.lag() if lag is None else lag)
        return dt.datetime.combine(day, dt.time(8, 30)) + dt.timedelta(minutes=self.rng.randrange(560))
