"""Write figures down: one row per period and breakdown value (indicators.md, "How values are written")."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tests.golden.second_opinion.calendar import Period

Groups = Mapping[str, Callable[[Any], str | None]]
Test = Callable[[Any, Period], bool]


class Value(NamedTuple):
    """One figure, as marts.indicator_values holds it."""

    authority_code: str
    indicator_code: str
    period_type: str
    period_label: str
    breakdown: str
    breakdown_value: str
    numerator: float | None
    denominator: float | None
    value: float | None
    status: str


class Tally:
    """The figures of one authority."""

    def __init__(self, authority: str, spans: Sequence[Period]) -> None:
        self.authority = authority
        self.spans = spans
        self.values: list[Value] = []

    def write(
        self,
        code: str,
        period: Period,
        numerator: Any,
        denominator: Any = None,
        group: tuple[str, str] = ("all", "all"),
        *,
        scale: int = 100,
        is_insufficient: bool = False,
    ) -> None:
        """Write one figure; a count has no denominator; a group that is all zero is left out."""
        if group[0] != "all" and not numerator and not denominator:
            return
        value: float | None = numerator
        status = period.status
        if denominator is not None:
            value = scale * numerator / denominator if denominator else None
            status = status if denominator else "no_denominator"
        if is_insufficient:
            value, status = None, "insufficient_history"
        self.values.append(
            Value(self.authority, code, period.kind, period.label, *group, numerator, denominator, value, status)
        )

    def periods(self, *kinds: str) -> list[Period]:
        """Return the periods, of some kinds only where kinds are named."""
        return [period for period in self.spans if not kinds or period.kind in kinds]

    def flow(
        self,
        code: str,
        events: Iterable[tuple[dt.date, Any]],
        passes: Test | None = None,
        *,
        groups: Groups | None = None,
        amount: Callable[[Any], int] | None = None,
        insufficient_before: dt.date | None = None,
        kinds: tuple[str, ...] = (),
    ) -> None:
        """Write counts (no test), percentages (a test) or means (an amount) of dated events."""
        ordered = sorted(events, key=lambda event: event[0])
        days = [day for day, _ in ordered]
        for period in self.periods(*kinds):
            facts = [fact for _, fact in ordered[bisect_left(days, period.start) : bisect_right(days, period.until)]]
            for group, members in grouped(facts, groups).items():
                if amount:
                    self.write(code, period, sum(map(amount, members)), len(members), group, scale=1)
                    continue
                count = len(members) if passes is None else sum(passes(fact, period) for fact in members)
                is_early = insufficient_before is not None and period.start < insufficient_before
                self.write(
                    code, period, count, None if passes is None else len(members), group, is_insufficient=is_early
                )

    def stock(
        self,
        code: str,
        state: Callable[[dt.date], Sequence[Any]],
        passes: Callable[[Any, dt.date], bool] | None = None,
        *,
        groups: Groups | None = None,
        kinds: tuple[str, ...] = (),
    ) -> None:
        """Write counts or percentages of what `state` returns for the last day of each period."""
        known: dict[dt.date, dict[tuple[str, str], tuple[int, int]]] = {}
        for period in self.periods(*kinds):
            day = period.until
            if day not in known:
                known[day] = {
                    group: (len(members) if passes is None else sum(passes(m, day) for m in members), len(members))
                    for group, members in grouped(state(day), groups).items()
                }
            for group, (numerator, denominator) in known[day].items():
                self.write(code, period, numerator, None if passes is None else denominator, group)


def grouped(facts: Sequence[Any], groups: Groups | None) -> dict[tuple[str, str], list[Any]]:
    """Return the facts as a whole and by each breakdown; an empty value is `unknown`."""
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    found["all", "all"] = list(facts)
    for name, value_of in (groups or {}).items():
        for fact in facts:
            found[name, value_of(fact) or "unknown"].append(fact)
    return found


def by(name: str) -> Callable[[Any], str | None]:
    """Return what takes one column of a fact."""
    return lambda fact: fact[name]
