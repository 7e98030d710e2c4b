"""What lies around a small number, as a linear program: which values a reader could not tell from the true ones."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from csc_warehouse.disclosure.programs import Program
from csc_warehouse.disclosure.system import UNBOUNDED, State, System, Target

BELIEVABLE = 100.0
"""A reader is left with numbers up to so many, and three times the true one, before larger ones are counted with."""
LARGER = 0.01
"""Of figures that would do as well the smallest is hidden: what a larger number costs more, by its logarithm."""


@dataclass(slots=True)
class Columns:
    """What the columns of one set of values in a program are: each is how far something lies from the truth."""

    terms: list[int] = field(default_factory=list)
    """The term that a column moves; -1: none, it stretches a percentage."""
    signs: list[float] = field(default_factory=list)
    figures: list[int] = field(default_factory=list)
    is_paid: list[bool] = field(default_factory=list)
    """Its being other than 0 means that more has to be hidden."""
    of_term: dict[int, list[int]] = field(default_factory=dict)

    def add(
        self,
        program: Program,
        bounds: tuple[float, float],
        *,
        term: int,
        figure: int,
        sign: float = 1.0,
        cost: float = 0.0,
    ) -> int:
        """Add a column and return its place."""
        column = program.add_column(*bounds, cost)
        self.terms.append(term)
        self.signs.append(sign)
        self.figures.append(figure)
        self.is_paid.append(cost > 0)
        if term >= 0:
            self.of_term.setdefault(term, []).append(column)
        return column


class Surroundings:
    """A system with its rows by their terms."""

    def __init__(self, system: System) -> None:
        """Take a system; the states of its figures may change, its rows do not."""
        self._system = system
        self.rows_of: dict[int, list[int]] = defaultdict(list)
        self._below: list[float] = []
        """How far the sum of each row may fall below what it truly comes to; and above."""
        self._above: list[float] = []
        for number, row in enumerate(system.rows):
            truth = system.residual(row.terms, row.coefficients)
            self._below.append(min(0.0, row.lower - truth))
            self._above.append(max(0.0, row.upper - truth))
            for term in row.terms:
                self.rows_of[term].append(number)

    def around(self, start: Iterable[int], radius: int | None) -> set[int]:
        """Return the terms that rows tie to some, so many rows away (None: however far), and that are not fixed."""
        system = self._system
        found = set(start)
        for term in start:
            found.update(system.figures[system.figure_of[term]].terms)
        frontier = set(found)
        seen: set[int] = set()
        step = 0
        while frontier and (radius is None or step < radius):
            step += 1
            reached: set[int] = set()
            for term in frontier:
                for number in self.rows_of[term]:
                    if number in seen:
                        continue
                    seen.add(number)
                    for other in system.rows[number].terms:
                        if other not in found and self._moves(other):
                            reached.update(system.figures[system.figure_of[other]].terms)
            frontier = reached - found
            found |= frontier
        return found

    def _moves(self, term: int) -> bool:
        """Tell whether a term is not known for certain, or could be made so."""
        system = self._system
        figure = system.figures[system.figure_of[term]]
        return figure.may_become is not State.SHOWN or system.shown_lower[term] < system.shown_upper[term]

    def program(self, terms: set[int], *, may_hide: bool, far: bool = False) -> tuple[Program, Columns]:
        """Return a program with two sets of values for some terms; all others have their true values.

        far: whether a hidden number may be as large as it likes, and not only as large as somebody would believe.
        """
        program, columns = Program(), Columns()
        system = self._system
        for place in {system.figure_of[term] for term in terms}:
            self._add_figure(program, columns, place, may_hide=may_hide, far=far)
        of_term, signs = columns.of_term, columns.signs
        for number in {number for term in of_term for number in self.rows_of[term]}:
            row = system.rows[number]
            places: list[int] = []
            coefficients: list[float] = []
            for term, coefficient in zip(row.terms, row.coefficients, strict=True):
                for column in of_term.get(term, ()):
                    places.append(column)
                    coefficients.append(coefficient * signs[column])
            program.add_row(places, coefficients, self._below[number], self._above[number])
        program.double()
        return program, columns

    def _add_figure(self, program: Program, columns: Columns, place: int, *, may_hide: bool, far: bool) -> None:
        system, figure = self._system, self._system.figures[place]
        can_move = may_hide and figure.may_become is not State.SHOWN
        for term in figure.terms:
            value = system.values[term]
            below = value - system.least(term)
            above = UNBOUNDED if far else BELIEVABLE + 2 * max(value, 0.0)
            if figure.state is not State.SHOWN:
                columns.add(program, (-below, above), term=term, figure=place)
                continue
            known_below, known_above = value - system.shown_lower[term], system.shown_upper[term] - value
            if known_below or known_above:
                columns.add(program, (-known_below, known_above), term=term, figure=place)
            if can_move:
                cost = (
                    figure.weight * (1 if len(figure.terms) == 1 else 0.5) * (1 + LARGER * math.log1p(max(value, 0.0)))
                )
                columns.add(program, (0.0, above), term=term, figure=place, cost=cost)
                if below > known_below:
                    columns.add(program, (0.0, below - known_below), term=term, figure=place, sign=-1.0, cost=cost)
        if figure.shown_value is not None and figure.state is not State.HIDDEN:
            self._add_ratio(program, columns, place, can_stretch=may_hide and figure.may_become is State.HIDDEN)

    def _add_ratio(self, program: Program, columns: Columns, place: int, *, can_stretch: bool) -> None:
        """Add that numerator over denominator is what is printed, to half of its last digit."""
        figure = self._system.figures[place]
        numerator, denominator = figure.terms
        scale = 100.0 if figure.value_type == "percent" else 1.0
        for side in (1.0, -1.0):
            bound = (figure.shown_value or 0.0) + side * figure.shown_margin
            truth = side * (scale * self._system.values[numerator] - bound * self._system.values[denominator])
            places: list[int] = []
            coefficients: list[float] = []
            for term, factor in ((numerator, side * scale), (denominator, -side * bound)):
                for column in columns.of_term.get(term, ()):
                    places.append(column)
                    coefficients.append(factor * columns.signs[column])
            if not places:
                continue
            if can_stretch:
                places.append(columns.add(program, (0.0, UNBOUNDED), term=-1, figure=place, cost=figure.weight / scale))
                coefficients.append(-1.0)
            program.add_row(places, coefficients, -UNBOUNDED, max(0.0, -truth))


def difference(target: Target, columns: Columns) -> tuple[list[int], list[float]]:
    """Return the second set's value of a target less the first's, over the columns of both."""
    size = len(columns.terms)
    places: list[int] = []
    coefficients: list[float] = []
    for offset, side in ((0, -1.0), (size, 1.0)):
        for term, coefficient in zip(target.terms, target.coefficients, strict=True):
            for column in columns.of_term.get(term, ()):
                places.append(column + offset)
                coefficients.append(side * coefficient * columns.signs[column])
    return places, coefficients
