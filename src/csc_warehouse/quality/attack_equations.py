"""How published rows hang together, by what the register says: the equations that an attacker writes down."""

from __future__ import annotations

import datetime
import fnmatch
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from csc_warehouse.register import FigureRelation, Indicator, Register

Variable = tuple[int, int]
"""A published row by its place, and 0 for its numerator or 1 for its denominator."""
FREE = float("inf")
SHORTER = {
    "quarter": ("month",),
    "half_year": ("quarter",),
    "year_to_date": ("quarter", "year_to_date", "half_year", "month"),
    "year": ("half_year", "year_to_date", "quarter"),
}
"""Of which kinds of period a longer one can be made up."""
SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Published:
    """One row as readers would see it, beside what was counted."""

    indicator_code: str
    period_type: str
    period_label: str
    breakdown: str
    breakdown_value: str
    start: datetime.date
    end: datetime.date
    """The last day that it counts."""
    numerator: float
    denominator: float | None
    shown_numerator: float | None
    shown_denominator: float | None
    shown_value: float | None
    is_exact: bool = False
    """Its numbers stand as they were counted, also where the profile rounds."""


@dataclass(frozen=True, slots=True)
class Equation:
    """lower <= sum <= upper over some variables."""

    terms: Mapping[Variable, float]
    lower: float
    upper: float


def equations(rows: Sequence[Published], register: Register) -> Iterator[Equation]:
    """Yield all that an attacker knows of the rows of one profile and authority, before looking at what is shown."""
    writer = _Writer(rows, register)
    yield from writer.within_rows()
    yield from writer.same_days()
    yield from writer.groups()
    yield from writer.longer_periods()
    relations: dict[str, list[FigureRelation]] = defaultdict(list)
    for member in register.figure_relations:
        relations[member.relation].append(member)
    for members in relations.values():
        if members[0].comparison != "alone":
            yield from writer.declared(members)


class _Writer:
    def __init__(self, rows: Sequence[Published], register: Register) -> None:
        self._rows = rows
        self._register = register
        self._by_group: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        self._by_period: dict[tuple[str, str, str, str], dict[str, int]] = defaultdict(dict)
        for place, row in enumerate(rows):
            self._by_group[row.indicator_code, row.breakdown, row.breakdown_value].append(place)
            self._by_period[row.indicator_code, row.period_type, row.period_label, row.breakdown][
                row.breakdown_value
            ] = place

    def _indicator(self, place: int) -> Indicator:
        return self._register.indicators[self._rows[place].indicator_code]

    def _positions(self, place: int) -> tuple[int, ...]:
        has_both = self._indicator(place).value_type in ("percent", "mean")
        return (0, 1) if has_both and self._rows[place].denominator is not None else (0,)

    def _truth(self, terms: Mapping[Variable, float]) -> float:
        total = 0.0
        for (place, position), coefficient in terms.items():
            row = self._rows[place]
            total += coefficient * (row.numerator if position == 0 else (row.denominator or 0.0))
        return total

    def _zero(self, terms: Mapping[Variable, float]) -> Iterator[Equation]:
        if terms and abs(self._truth(terms)) < SLACK:
            yield Equation(terms, 0.0, 0.0)

    def _at_most(self, terms: Mapping[Variable, float], *, presumes: bool) -> Iterator[Equation]:
        """Yield that a sum is 0 at most; where it is 0, an attacker who presumes that it always is is right."""
        truth = self._truth(terms)
        if terms and truth < SLACK:
            yield Equation(terms, 0.0 if presumes and abs(truth) < SLACK else -FREE, 0.0)

    def within_rows(self) -> Iterator[Equation]:
        for place, row in enumerate(self._rows):
            if self._indicator(place).value_type == "percent" and row.denominator is not None:
                yield from self._at_most({(place, 0): 1.0, (place, 1): -1.0}, presumes=False)

    def same_days(self) -> Iterator[Equation]:
        """Yield that rows of one group which count the same days are the same, whatever their periods are called."""
        for places in self._by_group.values():
            seen: dict[tuple[datetime.date | None, datetime.date], int] = {}
            for place in places:
                row = self._rows[place]
                is_stock = self._indicator(place).flow_or_stock == "stock"
                days = (None if is_stock else row.start, row.end)
                if days in seen:
                    for position in self._positions(place):
                        yield from self._zero({(place, position): 1.0, (seen[days], position): -1.0})
                seen[days] = place

    def groups(self) -> Iterator[Equation]:
        for (code, period_type, label, breakdown), groups in self._by_period.items():
            indicator = self._register.indicators[code]
            whole = self._by_period.get((code, period_type, label, "all"), {}).get("all")
            if breakdown not in indicator.additive_breakdowns or whole is None:
                continue
            for position in self._positions(whole):
                if position == 1 and indicator.breakdown_denominator == "whole":
                    for place in groups.values():
                        yield from self._zero({(place, 1): 1.0, (whole, 1): -1.0})
                else:
                    yield from self._zero(
                        {**{(place, position): 1.0 for place in groups.values()}, (whole, position): -1.0}
                    )

    def longer_periods(self) -> Iterator[Equation]:
        for (code, breakdown, _), places in self._by_group.items():
            indicator = self._register.indicators[code]
            if indicator.flow_or_stock == "stock":
                continue
            for whole in places:
                for kind in SHORTER.get(self._rows[whole].period_type, ()):
                    yield from self._period(indicator, breakdown, whole, places, kind)

    def _period(
        self, indicator: Indicator, breakdown: str, whole: int, places: Sequence[int], kind: str
    ) -> Iterator[Equation]:
        longer = self._rows[whole]
        inside = [
            place
            for place in places
            if self._rows[place].period_type == kind
            and longer.start <= self._rows[place].start
            and self._rows[place].end <= longer.end
            and self._rows[place].period_label != longer.period_label
        ]
        if kind in ("half_year", "year_to_date") and longer.period_type in ("year_to_date", "year"):
            # the one that begins with it, and the quarters after it
            for first in inside:
                if self._rows[first].start != longer.start:
                    continue
                after = [
                    place
                    for place in places
                    if self._rows[place].period_type == "quarter"
                    and self._rows[place].start > self._rows[first].end
                    and self._rows[place].end <= longer.end
                ]
                yield from self._parts(indicator, breakdown, whole, [first, *after])
            if kind == "half_year":
                yield from self._parts(indicator, breakdown, whole, inside)
            return
        yield from self._parts(indicator, breakdown, whole, inside)

    def _parts(self, indicator: Indicator, breakdown: str, whole: int, parts: Sequence[int]) -> Iterator[Equation]:
        if not parts:
            return
        is_complete = self._are_all_parts_published(whole, parts)
        unit = indicator.unit_breakdowns.get(breakdown)
        for position in self._positions(whole):
            total = {(place, position): 1.0 for place in parts}
            sums_up = (indicator.is_additive_over_periods and unit is None) or (
                indicator.numerator_rule == "date_before_period" and position == 1
            )
            if sums_up:
                if is_complete:
                    yield from self._zero({**total, (whole, position): -1.0})
                else:
                    yield from self._at_most({**total, (whole, position): -1.0}, presumes=True)
                continue
            if is_complete:
                yield from self._at_most({**dict.fromkeys(total, -1.0), (whole, position): 1.0}, presumes=True)
            if indicator.numerator_rule != "date_before_period" and not (unit == "every" and position == 0):
                for variable in total:
                    yield from self._at_most({variable: 1.0, (whole, position): -1.0}, presumes=True)

    def _are_all_parts_published(self, whole: int, parts: Sequence[int]) -> bool:
        """Tell whether the wholes of the parts' periods leave no day of the longer period out.

        A group that nobody is in has no row: it is nought in that period, and not missing.
        """
        code = self._rows[whole].indicator_code
        longer = self._rows[whole]
        kinds = {self._rows[place].period_type for place in parts}
        first = min((self._rows[place] for place in parts), key=lambda row: row.start)
        spans = {
            (self._rows[place].start, self._rows[place].end)
            for place in self._by_group[code, "all", "all"]
            if longer.start <= self._rows[place].start
            and self._rows[place].end <= longer.end
            and self._rows[place].period_type in kinds
            and self._rows[place].period_label != longer.period_label
        }
        if kinds & {"half_year", "year_to_date"} and "quarter" in kinds:
            spans = {(first.start, first.end)} | {
                (self._rows[place].start, self._rows[place].end)
                for place in self._by_group[code, "all", "all"]
                if self._rows[place].period_type == "quarter"
                and self._rows[place].start > first.end
                and self._rows[place].end <= longer.end
            }
        days = sum((end - start).days + 1 for start, end in spans)
        return days == (longer.end - longer.start).days + 1

    def declared(self, members: Sequence[FigureRelation]) -> Iterator[Equation]:
        same = [member for member in members if member.moment == "same"]
        flows = [m for m in same if self._register.indicators[m.indicator_code].flow_or_stock == "flow"]
        anchor = (flows or same)[0]
        for whole in list(self._by_group[anchor.indicator_code, "all", "all"]):
            found = [self._groups_of(member, self._rows[whole]) for member in members]
            if any(groups is None for groups in found):
                continue
            for matched in self._matched(members, found):
                terms: dict[Variable, float] = defaultdict(float)
                for member, groups in zip(members, found, strict=True):
                    for value, place in (groups or {}).items():
                        if _fits(member.breakdown_value, value, matched):
                            terms[place, 0 if member.term == "numerator" else 1] += member.coefficient
                if members[0].comparison in ("equal", "presumed_equal"):
                    yield from self._zero(terms)
                else:
                    yield from self._at_most(terms, presumes=members[0].comparison == "at_most_or_presumed_equal")

    def _groups_of(self, member: FigureRelation, anchor: Published) -> dict[str, int] | None:
        """Return the groups of a member at its moment, by value; None where its indicator is not published then."""
        is_stock = self._register.indicators[member.indicator_code].flow_or_stock == "stock"
        start, end = anchor.start, anchor.end
        if member.moment == "before":
            end = start - datetime.timedelta(days=1)
        elif member.moment != "same":
            months, after = int(member.moment.split()[0]), end + datetime.timedelta(days=1)
            if after.day != 1:  # it has not ended, and nothing is as long so much earlier
                return None
            start, end = _earlier(start, months), _earlier(after, months) - datetime.timedelta(days=1)
        for place in self._by_group[member.indicator_code, "all", "all"]:
            row = self._rows[place]
            if row.end == end and (is_stock or row.start == start):
                return self._by_period.get(
                    (row.indicator_code, row.period_type, row.period_label, member.breakdown), {}
                )
        return None

    @staticmethod
    def _matched(members: Sequence[FigureRelation], found: Sequence[Mapping[str, int] | None]) -> list[str]:
        values = {
            matched
            for member, groups in zip(members, found, strict=True)
            if "*" in member.breakdown_value
            for value in groups or {}
            if (matched := _match(member.breakdown_value, value)) is not None
        }
        return sorted(values) if any("*" in member.breakdown_value for member in members) else [""]


def _match(pattern: str, value: str) -> str | None:
    """Return what stands in a value for the * of a pattern, or None where the value does not fit."""
    wanted, given = pattern.split(" | "), value.split(" | ")
    if wanted == ["*"]:
        return value
    if len(wanted) != len(given) or any(w not in ("*", "+") and w != g for w, g in zip(wanted, given, strict=True)):
        return None
    return next(g for w, g in zip(wanted, given, strict=True) if w == "*")


def _fits(pattern: str, value: str, matched: str) -> bool:
    if "*" in pattern:
        return _match(pattern, value) == matched
    return fnmatch.fnmatchcase(value, pattern.replace("+", "*")) if "+" in pattern.split(" | ") else value == pattern


def _earlier(day: datetime.date, months: int) -> datetime.date:
    """Return the same day so many months before; for firsts of a month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return day.replace(year=year, month=month + 1, day=1)
