"""All that is published under one profile as one system: terms, what is known of them, and the rows that bind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Literal

ValueType = Literal["count", "percent", "mean", "money"]
TOLERANCE = 1e-6
UNBOUNDED = float("inf")


class State(IntEnum):
    """What a reader sees of a figure; each step shows less."""

    SHOWN = 0
    TERMS_HIDDEN = 1
    """The percentage or mean stands, to one decimal; numerator and denominator do not."""
    HIDDEN = 2


@dataclass(slots=True)
class Figure:
    """One figure, however many published rows print it: its terms by their place in the system, and what may be done.

    known_as: the state in which the figure stands in releases that are out already; it cannot be hidden further.
    """

    terms: tuple[int, ...]
    """Numerator and, for percentages and means, denominator."""
    value_type: ValueType
    weight: float = 1.0
    """What hiding it costs: about the number of rows that print it."""
    state: State = State.SHOWN
    may_become: State = State.HIDDEN
    """The furthest that it may be hidden."""
    shown_value: float | None = None
    """Percentage or mean as printed where the terms are hidden; None: it is no figure of that kind."""
    shown_margin: float = 0.05
    """How far the printed value may lie from the true one: half of its last digit."""
    is_target: bool = True
    """Whether what is small in it has to be protected while it is hidden."""


@dataclass(frozen=True, slots=True)
class Row:
    """lower <= sum of coefficient x term <= upper; true of the counted values, and known to everybody."""

    terms: tuple[int, ...]
    coefficients: tuple[float, ...]
    lower: float
    upper: float
    relation: str


@dataclass(frozen=True, slots=True)
class Target:
    """A small number that must not be told: a combination of terms of one figure that lies from 1 to 4."""

    figure: int
    terms: tuple[int, ...]
    coefficients: tuple[float, ...]
    value: float
    name: str


@dataclass
class System:
    """Terms with their true values, figures over them, and rows between them."""

    values: list[float] = field(default_factory=list)
    shown_lower: list[float] = field(default_factory=list)
    """Between these bounds a reader knows a term whose figure is shown: both are the value, unless it is rounded."""
    shown_upper: list[float] = field(default_factory=list)
    figure_of: list[int] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def rounded(self, step: float) -> System:
        """Return the same system, with figures of its own, whose terms are shown to the nearest step; 0: exactly."""
        bounds = [rounded_bounds(value, step) for value in self.values]
        return System(
            values=self.values,
            shown_lower=[lower for lower, _ in bounds],
            shown_upper=[upper for _, upper in bounds],
            figure_of=self.figure_of,
            figures=[replace(figure) for figure in self.figures],
            rows=self.rows,
        )

    def add_figure(self, value_type: ValueType, values: Sequence[float]) -> int:
        """Add a figure with its true terms and return its place."""
        first = len(self.values)
        place = len(self.figures)
        for value in values:
            self.values.append(float(value))
            self.shown_lower.append(float(value))
            self.shown_upper.append(float(value))
            self.figure_of.append(place)
        self.figures.append(Figure(tuple(range(first, len(self.values))), value_type))
        return place

    def add_row(
        self,
        terms: Sequence[int],
        coefficients: Sequence[float],
        *,
        lower: float = 0.0,
        upper: float = 0.0,
        relation: str = "",
    ) -> None:
        """Add that a combination of terms lies between two bounds; by default, that it comes to 0."""
        self.rows.append(Row(tuple(terms), tuple(coefficients), lower, upper, relation))

    def residual(self, terms: Sequence[int], coefficients: Sequence[float]) -> float:
        """Return what a combination of terms comes to in truth."""
        return sum(c * self.values[t] for t, c in zip(terms, coefficients, strict=True))

    def least(self, term: int) -> float:
        """Return the least that a hidden term can be: noughts are shown, so that a hidden count is 1 or more."""
        return 1.0 if self.values[term] >= 1 else min(0.0, self.values[term])

    def targets(self, smallest_shown: int) -> list[Target]:
        """List the small numbers in figures that are not shown: each must keep an interval around it."""
        found: list[Target] = []
        for place, figure in enumerate(self.figures):
            if figure.state is State.SHOWN or not figure.is_target:
                continue
            found.extend(
                Target(place, terms, coefficients, value, name)
                for name, terms, coefficients in small_forms(figure)
                if 0 < (value := self.residual(terms, coefficients)) < smallest_shown
            )
            if figure.value_type == "mean" and 0 < self.values[figure.terms[1]] < smallest_shown:
                total = self.values[figure.terms[0]]
                if total > 0:
                    found.append(Target(place, figure.terms[:1], (1.0,), total, "sum"))
        return found


def small_forms(figure: Figure) -> list[tuple[str, tuple[int, ...], tuple[float, ...]]]:
    """List the combinations of a figure's terms that count children: name, terms, coefficients."""
    if figure.value_type == "count":
        return [("number", figure.terms, (1.0,))]
    if figure.value_type == "mean":
        return [("denominator", figure.terms[1:], (1.0,))]
    if figure.value_type == "percent":
        return [
            ("numerator", figure.terms[:1], (1.0,)),
            ("denominator", figure.terms[1:], (1.0,)),
            ("complement", figure.terms, (-1.0, 1.0)),
        ]
    return []


def rounded_bounds(value: float, step: float) -> tuple[float, float]:
    """Return between which whole numbers a reader knows a count that is shown to the nearest step (0: exactly)."""
    if not step:
        return float(value), float(value)
    shown = rounded(value, step)
    if value == 0:  # what would round to nought and is none is small, and hidden
        return 0.0, 0.0
    # of whole numbers those in between are fewer than of others
    reach = step / 2 if value % 1 else (step - 1) / 2
    return max(0.0, shown - reach), shown + reach


def rounded(value: float, step: float) -> float:
    """Return a number to the nearest multiple of a step, halves up: 12 and 5 give 10, 13 gives 15."""
    return float(step * ((value + step / 2) // step))
