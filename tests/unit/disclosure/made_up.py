"""Random publications, of figures counted from made-up records, with every equation that their maker knows of; and what
is decided of a publication by this process alone.
"""

from __future__ import annotations

import datetime
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from csc_warehouse.disclosure.decision import Decision, asked
from csc_warehouse.disclosure.parts import Question, prove

MONTHS = [datetime.date(2018, month, 1) for month in range(4, 10)]
Name = tuple[str, str, str]
"""Indicator, period and group of a published number."""


@dataclass
class Release:
    """Published figures (numerator, denominator or None) and what binds them: sums that are 0, or 0 at most."""

    figures: dict[Name, tuple[float, float | None]] = field(default_factory=dict)
    equal: list[dict[tuple[Name, int], float]] = field(default_factory=list)
    at_most: list[dict[tuple[Name, int], float]] = field(default_factory=list)


@dataclass
class Events:
    """By month and group: how many came, how many of them were met in time, came in and went out."""

    came: dict[tuple[int, str], int]
    in_time: dict[tuple[int, str], int]
    went: dict[tuple[int, str], int]
    days_late: dict[tuple[int, str], int]
    open_before: dict[str, int]


def periods(months: int) -> dict[str, list[int]]:
    """Return the months that each published period is made of; a half year only where both its quarters are over."""
    found = {f"month {number}": [number] for number in range(months)}
    for quarter in range(months // 3):
        found[f"quarter {quarter}"] = list(range(3 * quarter, 3 * quarter + 3))
    if months == 6:
        found["half year"] = list(range(6))
        found["year to date"] = list(range(6))
    found["first quarter to date"] = list(range(3))
    return found


def make_events(chance: random.Random, months: int, groups: list[str]) -> Events:
    """Make up what happened, with many small numbers."""
    sizes = {group: chance.choice([0.6, 1.5, 3, 6, 12, 40]) for group in groups}
    cells = [(month, group) for month in range(months) for group in groups]
    came = {cell: int(chance.expovariate(1 / sizes[cell[1]])) for cell in cells}
    in_time = {cell: sum(chance.random() < 0.8 for _ in range(count)) for cell, count in came.items()}
    went = {cell: min(int(chance.expovariate(1 / sizes[cell[1]])), 9) for cell in cells}
    open_before = {group: chance.randint(0, 60) + 9 * months for group in groups}
    days_late = {cell: sum(chance.randint(43, 90) for _ in range(came[cell] - in_time[cell])) for cell in cells}
    return Events(came, in_time, went, days_late, open_before)


def revise(chance: random.Random, events: Events) -> Events:
    """Change a few cells, as late recording does."""
    came, in_time = dict(events.came), dict(events.in_time)
    for cell in chance.sample(sorted(came), k=min(len(came), chance.randint(1, 4))):
        came[cell] += chance.randint(1, 3)
        in_time[cell] += chance.randint(0, 1)
    days_late = {
        cell: events.days_late[cell] if came[cell] - in_time[cell] == events.came[cell] - events.in_time[cell]
        else 50 * (came[cell] - in_time[cell])
        for cell in came
    }  # fmt: skip
    return Events(came, in_time, events.went, days_late, events.open_before)


def publish(events: Events, months: int, groups: list[str]) -> Release:
    """Count what is published: CAM, OUT (flows), TIM (per cent in time), LAT (late), DAY (mean days), OPN (stock)."""
    release = Release()
    spans = periods(months)
    for period, inside in spans.items():
        for group in [*groups, "all"]:
            own = groups if group == "all" else [group]
            cells = [(month, one) for month in inside for one in own]
            came = sum(events.came[cell] for cell in cells)
            in_time = sum(events.in_time[cell] for cell in cells)
            late = came - in_time
            went = sum(events.went[cell] for cell in cells)
            last = inside[-1]
            stock = sum(
                events.open_before[one]
                + sum(events.came[month, one] - events.went[month, one] for month in range(last + 1))
                for one in own
            )
            for name, numbers, is_wanted in (
                ("CAM", (came, None), True),
                ("TIM", (in_time, came), True),
                ("LAT", (late, None), True),
                ("OUT", (went, None), group == "all"),
                ("OPN", (stock, None), group == "all"),
                ("DAY", (sum(events.days_late[cell] for cell in cells), late), group == "all"),
            ):
                # a group that nobody is in has no row
                if is_wanted and (group == "all" or any(numbers)):
                    release.figures[name, period, group] = (
                        float(numbers[0]), None if numbers[1] is None else float(numbers[1]),
                    )  # fmt: skip
    binder = _Binder(release, spans, groups)
    binder.within_periods()
    binder.over_periods()
    binder.under_two_labels()
    binder.balances()
    return release


class _Binder:
    """Writes the equations of a release down; a figure that has no row is nought in them."""

    def __init__(self, release: Release, spans: dict[str, list[int]], groups: list[str]) -> None:
        self.release = release
        self.spans = spans
        self.groups = groups
        self.everybody = [*groups, "all"]

    def equal(self, *members: tuple[float, Name, int]) -> None:
        self._add(self.release.equal, *members)

    def at_most(self, *members: tuple[float, Name, int]) -> None:
        self._add(self.release.at_most, *members)

    def _add(self, kind: list[dict[tuple[Name, int], float]], *members: tuple[float, Name, int]) -> None:
        sums: dict[tuple[Name, int], float] = defaultdict(float)
        for coefficient, name, position in members:
            if name in self.release.figures:
                sums[name, position] += coefficient
        if sums:
            kind.append(dict(sums))

    def within_periods(self) -> None:
        for period in self.spans:
            for group in self.everybody:
                came, in_time, late = (("CAM", period, group), ("TIM", period, group), ("LAT", period, group))
                self.equal((1, in_time, 1), (-1, came, 0))
                self.equal((1, in_time, 0), (1, late, 0), (-1, came, 0))
                self.at_most((1, in_time, 0), (-1, in_time, 1))
            self.equal((1, ("DAY", period, "all"), 1), (-1, ("LAT", period, "all"), 0))
            for name in ("CAM", "TIM", "LAT"):
                for position in _terms(name):
                    parts = [(1.0, (name, period, group), position) for group in self.groups]
                    self.equal(*parts, (-1, (name, period, "all"), position))

    def over_periods(self) -> None:
        quarters = [period for period in self.spans if period.startswith("quarter")]
        shorter = {period: [f"month {month}" for month in self.spans[period]] for period in quarters}
        shorter |= {period: quarters for period in ("half year", "year to date") if period in self.spans}
        for longer, parts in shorter.items():
            for name in ("CAM", "TIM", "LAT", "OUT", "DAY"):
                for group in self.everybody:
                    for position in _terms(name):
                        members = [(1.0, (name, part, group), position) for part in parts]
                        self.equal(*members, (-1, (name, longer, group), position))

    def under_two_labels(self) -> None:
        for one, inside in self.spans.items():
            for other, others in self.spans.items():
                if one >= other:
                    continue
                if inside[-1] == others[-1]:
                    self.equal((1, ("OPN", one, "all"), 0), (-1, ("OPN", other, "all"), 0))
                if inside == others:
                    for name in ("CAM", "TIM", "LAT", "OUT", "DAY"):
                        for group in self.everybody:
                            for position in _terms(name):
                                self.equal((1, (name, one, group), position), (-1, (name, other, group), position))

    def balances(self) -> None:
        for period, inside in self.spans.items():
            if inside[0] > 0:
                before = ("OPN", f"month {inside[0] - 1}", "all")
                flows = ((1.0, ("CAM", period, "all"), 0), (-1.0, ("OUT", period, "all"), 0))
                self.equal((1, before, 0), *flows, (-1, ("OPN", period, "all"), 0))


def _terms(name: str) -> tuple[int, ...]:
    return (0, 1) if name in ("TIM", "DAY") else (0,)


def publications(seed: int, count: int) -> Iterator[tuple[list[str], int, list[Release]]]:
    """Yield random publications of two releases: their groups, months and releases."""
    chance = random.Random(seed)  # noqa: S311
    for _ in range(count):
        groups = [f"G{number}" for number in range(chance.randint(2, 8))]
        months = chance.choice([3, 6, 6])
        events = make_events(chance, months, groups)
        yield groups, months, [publish(events, months, groups), publish(revise(chance, events), months, groups)]


def prove_here(questions: list[Question]) -> None:
    """Prove every part that was not proved before, one after the other."""
    for question in questions:
        if question.outcome is None:
            question.outcome = prove(question.part, width=question.width, smallest_shown=question.smallest_shown)


def decide(*arguments: Any, **named: Any) -> Decision:
    """Decide what `asked` leaves to be proved."""
    undecided = asked(*arguments, **named)
    prove_here(undecided.questions)
    return undecided.decided()
