"""From published figures and what the register declares of them to rows that bind their terms."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from csc_warehouse.disclosure.periods import Parts, Span, months_before, partitions
from csc_warehouse.disclosure.system import TOLERANCE, UNBOUNDED, System, ValueType

WHOLE = "all"
SEPARATOR = " | "
MATCHED, SUMMED = "*", "+"

Comparison = Literal["equal", "at_most", "at_most_or_presumed_equal", "presumed_equal", "alone"]
Term = Literal["numerator", "denominator"]
Key = tuple[str, str, str, Span]
"""Indicator, breakdown, breakdown value and span: what makes two published rows the same figure."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What the register says of an indicator that bears on how its figures hang together."""

    code: str
    value_type: ValueType
    is_stock: bool = False
    additive_breakdowns: tuple[str, ...] = ()
    is_denominator_of_whole: bool = False
    """A group's denominator is that of the whole."""
    is_additive_over_periods: bool = False
    is_distinct: bool = False
    """Its units are counted apart in every period, so that shorter periods bound a longer one and do not sum to it."""
    unit_breakdowns: Mapping[str, str] = field(default_factory=dict)
    is_numerator_before_period: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """One term of a declared relation: coefficient x term of an indicator, for a group and a moment."""

    coefficient: float
    indicator_code: str
    term: Term
    breakdown: str = WHOLE
    breakdown_value: str = WHOLE
    """A value; or a pattern of * (any, the same in all members of the relation) and + (any, summed)."""
    moment: str = "same"
    """same, before (the day before the period began), or 'N months before'."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A declared relation: the sum of its members is 0, or at most 0."""

    name: str
    comparison: Comparison
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of one release, with its true terms."""

    indicator_code: str
    breakdown: str
    breakdown_value: str
    start: datetime.date
    end: datetime.date
    """The last day counted: that of the period, or the as-at day of one that has not ended."""
    numerator: float
    denominator: float | None
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Violation:
    """A declared relation that the counted figures contradict."""

    relation: str
    period: str
    difference: float


class Publication:
    """Figures of one or more releases in one system; equal figures of two releases are one."""

    def __init__(self, rules: Mapping[str, Rule], relations: Sequence[Relation]) -> None:
        """Take what the register says; figures are added release by release."""
        self._system = System()
        self.keys: list[Key] = []
        """Of each figure of the system, in order."""
        self.violations: list[Violation] = []
        self.checked = 0
        """How many rows of declared relations were compared with the counted figures."""
        self._rules = rules
        self._relations = [relation for relation in relations if relation.comparison != "alone"]
        self.names: list[str] = []
        """Of each figure, with its values: those of two figures differ."""
        self._figures: dict[tuple[Key, float, float | None], int] = {}
        self._rows: set[tuple[tuple[int, ...], tuple[float, ...], float]] = set()

    def system_for(self, rounding: float) -> System:
        """Return the system as a profile sees it: with its own figures, and numbers to the step to which it shows."""
        return self._system.rounded(rounding)

    def place_of(self, key: Key, numerator: float, denominator: float | None) -> int | None:
        """Return the place of a figure by its key and values, or None where no release has it."""
        return self._figures.get((key, numerator, denominator))

    def add_release(self, cells: Iterable[Cell], *, is_checked: bool = True) -> dict[Key, int]:
        """Add the figures of a release with every row between them; return the place of each figure by its key.

        is_checked: whether what contradicts a declared relation is noted; releases that are out cannot be mended.
        """
        checked, violations = self.checked, list(self.violations)
        places: dict[Key, int] = {}
        weights: dict[int, int] = defaultdict(int)
        for cell in cells:
            rule = self._rules[cell.indicator_code]
            key = (cell.indicator_code, cell.breakdown, cell.breakdown_value, span_of(rule, cell.start, cell.end))
            known = self._figures.get((key, cell.numerator, cell.denominator))
            if known is None:
                known = self._add_figure(rule, key, cell)
            places[key] = known
            weights[known] += cell.rows
        for place, weight in weights.items():
            self._system.figures[place].weight = float(weight)
        release = _Release(places, self._rules)
        for row in release.rows(self._relations):
            self._add(row)
        if not is_checked:
            self.checked, self.violations = checked, violations
        return places

    def _add_figure(self, rule: Rule, key: Key, cell: Cell) -> int:
        values = [cell.numerator] if cell.denominator is None else [cell.numerator, cell.denominator]
        place = self._system.add_figure(rule.value_type, values)
        figure = self._system.figures[place]
        if cell.denominator:
            scale = 100 if rule.value_type == "percent" else 1
            figure.shown_value = half_up(scale * cell.numerator / cell.denominator)
        self.keys.append(key)
        self.names.append(f"{spoken(key)}: {cell.numerator} {cell.denominator}")
        self._figures[(key, cell.numerator, cell.denominator)] = place
        return place

    def _add(self, instance: _Instance) -> None:
        system = self._system
        sums: dict[int, float] = defaultdict(float)
        for coefficient, place, position in instance.members:
            sums[system.figures[place].terms[position]] += coefficient
        terms = tuple(term for term, coefficient in sums.items() if coefficient)
        coefficients = tuple(sums[term] for term in terms)
        residual = system.residual(terms, coefficients)
        is_equal = abs(residual) <= TOLERANCE
        if instance.comparison == "presumed_equal" and not is_equal:
            return
        self.checked += instance.comparison != "presumed_equal"
        if not is_equal and (instance.comparison == "equal" or residual > 0):
            self.violations.append(Violation(instance.relation, _spoken_span(instance.span), residual))
            return
        lower = 0.0 if instance.comparison != "at_most" and is_equal else -UNBOUNDED
        row = (terms, coefficients, lower)
        if terms and row not in self._rows:
            self._rows.add(row)
            system.add_row(terms, coefficients, lower=lower, upper=0.0, relation=instance.relation)


@dataclass(frozen=True, slots=True)
class _Instance:
    """A relation between figures of one release: (coefficient, figure, 0 numerator or 1 denominator)."""

    relation: str
    comparison: Comparison
    members: tuple[tuple[float, int, int], ...]
    span: Span


class _Release:
    """The figures of one release, found by indicator, group and span."""

    def __init__(self, places: Mapping[Key, int], rules: Mapping[str, Rule]) -> None:
        self._places = places
        self._rules = rules
        self._groups: dict[tuple[str, str, Span], dict[str, int]] = defaultdict(dict)
        self._spans: dict[tuple[str, str, str], list[Span]] = defaultdict(list)
        for (code, breakdown, value, span), place in places.items():
            self._groups[code, breakdown, span][value] = place
            self._spans[code, breakdown, value].append(span)

    def rows(self, relations: Sequence[Relation]) -> Iterator[_Instance]:
        """Yield every row that the register gives: groups, periods, declared relations."""
        for key, place in self._places.items():
            if self._rules[key[0]].value_type == "percent":
                members = ((1.0, place, 0), (-1.0, place, 1))
                yield _Instance(f"{key[0]}: no more than all", "at_most", members, key[3])
        yield from self._group_rows()
        yield from self._period_rows()
        for relation in relations:
            yield from self._declared_rows(relation)

    def _group_rows(self) -> Iterator[_Instance]:
        for (code, breakdown, span), groups in self._groups.items():
            rule = self._rules[code]
            whole = self._places.get((code, WHOLE, WHOLE, span))
            if breakdown not in rule.additive_breakdowns or whole is None:
                continue
            name = f"{code} by {breakdown}"
            parts = tuple((1.0, place, 0) for place in groups.values())
            yield _Instance(name, "equal", (*parts, (-1.0, whole, 0)), span)
            if rule.value_type == "count":
                continue
            if rule.is_denominator_of_whole:
                for place in groups.values():
                    yield _Instance(name, "equal", ((1.0, place, 1), (-1.0, whole, 1)), span)
            else:
                parts = tuple((1.0, place, 1) for place in groups.values())
                yield _Instance(name, "equal", (*parts, (-1.0, whole, 1)), span)

    def _period_rows(self) -> Iterator[_Instance]:
        """Yield what shorter periods say of a longer one, for whatever the register says adds up over periods."""
        for (code, breakdown, value), spans in self._spans.items():
            rule = self._rules[code]
            if rule.is_stock:
                continue
            is_whole_published = {span: (code, WHOLE, WHOLE, span) in self._places for span in spans}
            published = {span for span in self._spans[code, WHOLE, WHOLE] if span[0] is not None}
            by_start: dict[datetime.date, list[Span]] = defaultdict(list)
            for span in published:
                by_start[span[0] or span[1]].append(span)
            for span in spans:
                if not is_whole_published[span]:
                    continue
                for parts in partitions(span, by_start):
                    yield from self._period_row(rule, breakdown, value, span, parts)

    def _period_row(self, rule: Rule, breakdown: str, value: str, span: Span, parts: Parts) -> Iterator[_Instance]:
        name = f"{rule.code} over periods"
        whole = self._places[rule.code, breakdown, value, span]
        places = [
            place
            for part in parts.spans
            if (place := self._places.get((rule.code, breakdown, value, part))) is not None
        ]
        unit_rule = rule.unit_breakdowns.get(breakdown)
        positions = [0] if rule.value_type in ("count", "money") else [0, 1]
        for position in positions:
            members = tuple((1.0, place, position) for place in places)
            total = (-1.0, whole, position)
            adds_up = rule.is_additive_over_periods and unit_rule is None
            is_before = rule.is_numerator_before_period
            if adds_up or (is_before and position == 1):
                # what began before the history that is held has parts that nobody has
                yield _Instance(
                    name, "equal" if parts.is_complete else "at_most_or_presumed_equal", (*members, total), span
                )
                continue
            if parts.is_complete:
                upper = tuple((-coefficient, place, position) for coefficient, place, position in members)
                yield _Instance(name, "at_most_or_presumed_equal", (*upper, (1.0, whole, position)), span)
            if not is_before and not (unit_rule == "every" and position == 0):
                for member in members:
                    yield _Instance(name, "at_most_or_presumed_equal", (member, total), span)

    def _declared_rows(self, relation: Relation) -> Iterator[_Instance]:
        anchor = next((m for m in relation.members if m.moment == "same" and not self._is_stock(m)), None)
        anchor = anchor or next(m for m in relation.members if m.moment == "same")
        for span in list(self._spans[anchor.indicator_code, WHOLE, WHOLE]):
            moments = [self._moment(member, span) for member in relation.members]
            if any(
                moment is None or (member.indicator_code, WHOLE, WHOLE, moment) not in self._places
                for member, moment in zip(relation.members, moments, strict=True)
            ):
                continue
            found = list(zip(relation.members, (moment for moment in moments if moment), strict=True))
            for matched in self._matched_values(found):
                members = tuple(
                    (member.coefficient, place, 0 if member.term == "numerator" else 1)
                    for member, moment in found
                    for place in self._places_of(member, moment, matched)
                )
                yield _Instance(relation.name, relation.comparison, members, span)

    def _is_stock(self, member: Member) -> bool:
        return self._rules[member.indicator_code].is_stock if member.indicator_code in self._rules else False

    def _moment(self, member: Member, span: Span) -> Span | None:
        start, end = span
        is_stock = self._is_stock(member)
        if member.moment == "same":
            return (None, end) if is_stock else span
        if member.moment == "before":
            return None if start is None else (None, start - datetime.timedelta(days=1))
        if start is None:
            return None
        months, after = int(member.moment.split()[0]), end + datetime.timedelta(days=1)
        if after.day != 1:  # a period that has not ended has none that lies so much earlier
            return None
        last = months_before(after, months) - datetime.timedelta(days=1)
        return (None if is_stock else months_before(start, months), last)

    def _matched_values(self, found: Sequence[tuple[Member, Span]]) -> list[str]:
        values: set[str] = set()
        for member, moment in found:
            if MATCHED not in member.breakdown_value:
                continue
            pattern = _pattern(member.breakdown_value)
            for value in self._groups.get((member.indicator_code, member.breakdown, moment), {}):
                match = pattern.fullmatch(value)
                if match:
                    values.add(match.group("matched"))
        if any(MATCHED in member.breakdown_value for member, _ in found):
            return sorted(values)
        return [""]

    def _places_of(self, member: Member, moment: Span, matched: str) -> list[int]:
        groups = self._groups.get((member.indicator_code, member.breakdown, moment), {})
        wanted = matched.join(member.breakdown_value.split(MATCHED)) if MATCHED in member.breakdown_value else None
        wanted = member.breakdown_value if wanted is None else wanted
        if SUMMED not in member.breakdown_value.split(SEPARATOR):
            return [groups[wanted]] if wanted in groups else []
        pattern = _pattern(member.breakdown_value)
        return [
            place
            for value, place in groups.items()
            if (match := pattern.fullmatch(value))
            and (MATCHED not in member.breakdown_value or match.group("matched") == matched)
        ]


def _pattern(value: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in value.split(SEPARATOR)]
    joined = re.escape(SEPARATOR).join(parts)
    return re.compile(joined.replace(re.escape(MATCHED), "(?P<matched>.*)").replace(re.escape(SUMMED), ".*"))


def span_of(rule: Rule, start: datetime.date, end: datetime.date) -> Span:
    """Return what decides which figures are the same: a stock's day, a flow's first and last day."""
    return (None if rule.is_stock else start, end)


def half_up(value: float, decimals: int = 1) -> float:
    """Round as a page prints: halves away from nought."""
    scale = 10**decimals
    return float(int(value * scale + (0.5 if value >= 0 else -0.5) + (1e-9 if value >= 0 else -1e-9)) / scale)


def spoken(key: Key) -> str:
    """Return a figure's key in words: CON01 by source, POL, 2018-04-01 to 2018-04-30."""
    code, breakdown, value, span = key
    group = "" if breakdown == WHOLE else f" by {breakdown}, {value}"
    return f"{code}{group}, {_spoken_span(span)}"


def _spoken_span(span: Span) -> str:
    first, last = span
    return f"{last}" if first is None else f"{first} to {last}"
