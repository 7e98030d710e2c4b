"""Random publications: figures counted from made-up records, and every equation that whoever made them up knows of."""

from __future__ import annotations

import datetime
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

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
    """Count what is published: CAM and OUT (flows), TIM (per cent in time), LAT (late), DAY (mean days), OPN (a stock)."""
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
    _bind(release, spans, groups, months)
    return release


def _bind(release: Release, spans: dict[str, list[int]], groups: list[str], months: int) -> None:
    def add(kind: list[dict[tuple[Name, int], float]], *members: tuple[float, Name, int]) -> None:
        sums: dict[tuple[Name, int], float] = defaultdict(float)
        for coefficient, name, position in members:
            if name in release.figures:
                sums[name, position] += coefficient
        if sums:
            kind.append(dict(sums))

    def terms(name: str) -> tuple[int, ...]:
        return (0, 1) if name in ("TIM", "DAY") else (0,)

    for period in spans:
        for group in [*groups, "all"]:
            add(release.equal, (1, ("TIM", period, group), 1), (-1, ("CAM", period, group), 0))
            add(
                release.equal,
                (1, ("TIM", period, group), 0), (1, ("LAT", period, group), 0), (-1, ("CAM", period, group), 0),
            )  # fmt: skip
            add(release.at_most, (1, ("TIM", period, group), 0), (-1, ("TIM", period, group), 1))
        add(release.equal, (1, ("DAY", period, "all"), 1), (-1, ("LAT", period, "all"), 0))
        for name in ("CAM", "TIM", "LAT"):
            for position in terms(name):
                add(
                    release.equal,
                    *((1.0, (name, period, group), position) for group in groups),
                    (-1, (name, period, "all"), position),
                )
    shorter = {
        "half year": ["quarter 0", "quarter 1"],
        "year to date": ["quarter 0", "quarter 1"],
        **{f"quarter {q}": [f"month {3 * q + m}" for m in range(3)] for q in range(months // 3)},
    }
    for longer, parts in shorter.items():
        for name in ("CAM", "TIM", "LAT", "OUT", "DAY"):
            for group in [*groups, "all"]:
                for position in terms(name):
                    if longer in spans:
                        add(
                            release.equal,
                            *((1.0, (name, part, group), position) for part in parts),
                            (-1, (name, longer, group), position),
                        )
    last_month = {period: inside[-1] for period, inside in spans.items()}
    for one, end in last_month.items():
        for other, other_end in last_month.items():
            # one day under two labels, and one run of days under two
            if one < other and end == other_end:
                add(release.equal, (1, ("OPN", one, "all"), 0), (-1, ("OPN", other, "all"), 0))
            if one < other and spans[one] == spans[other]:
                for name in ("CAM", "TIM", "LAT", "OUT", "DAY"):
                    for group in [*groups, "all"]:
                        for position in terms(name):
                            add(release.equal, (1, (name, one, group), position), (-1, (name, other, group), position))
    for period, inside in spans.items():
        if inside[0] > 0:
            add(
                release.equal,
                (1, ("OPN", f"month {inside[0] - 1}", "all"), 0), (1, ("CAM", period, "all"), 0),
                (-1, ("OUT", period, "all"), 0), (-1, ("OPN", period, "all"), 0),
            )  # fmt: skip


def publications(seed: int, count: int) -> Iterator[tuple[list[str], int, list[Release]]]:
    """Yield random publications of two releases: their groups, months and releases."""
    chance = random.Random(seed)  # noqa: S311
    for _ in range(count):
        groups = [f"G{number}" for number in range(chance.randint(2, 8))]
        months = chance.choice([3, 6, 6])
        events = make_events(chance, months, groups)
        yield groups, months, [publish(events, months, groups), publish(revise(chance, events), months, groups)]
