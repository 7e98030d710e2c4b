"""What lies around a small number, as a linear program: which values a reader could not tell from the true ones."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from csc_warehouse.disclosure.programs import Program
from csc_warehouse.disclosure.system import UNBOUNDED, State, System, Target

BELIEVABLE = 100.0
"""A reader is left with numbers up to so many, and three times the true one, before larger ones are counted with."""
LARGER = 0.01
"""Of figures that would do as well the smallest is hidden: what a larger number costs more, by its logarithm."""

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of one set of values in a program are: each is how far something lies from the truth."""

    terms: Places
    """The term that a column moves; -1: none, it stretches a percentage."""
    signs: Floats
    figures: Places
    asks: NDArray[np.bool_]
    """Its being other than 0 asks that the figure be hidden, whether it is already or not."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.terms)


@dataclass(frozen=True, slots=True)
class Around:
    """What lies around a target: how many terms, and the figures that they are of, in the order of their columns."""

    terms: int
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """One figure in one state: its columns, the rows of its percentage, and the system's rows in which it can move."""

    columns: Floats
    """Lower, upper, cost, term, sign, figure and whether it asks that this be hidden, a column each."""
    rows: tuple[int, ...]
    ratio_columns: Places
    """By their place among the figure's own."""
    ratio_coefficients: Floats
    ratio_lengths: tuple[int, ...]
    ratio_upper: tuple[float, ...]


class _Made:
    """A block that is being made."""

    def __init__(self, place: int, *, is_hidden: bool) -> None:
        self._place = place
        self._is_hidden = is_hidden
        self._columns: list[tuple[float, ...]] = []
        self.of_term: dict[int, list[int]] = {}
        self.ratio_columns: list[int] = []
        self.ratio_coefficients: list[float] = []
        self.ratio_lengths: list[int] = []
        self.ratio_upper: list[float] = []

    def add(self, lower: float, upper: float, *, term: int, sign: float = 1.0, cost: float = 0.0) -> int:
        """Add a column and return its place."""
        self._columns.append((lower, upper, cost, term, sign, self._place, self._is_hidden or cost > 0))
        column = len(self._columns) - 1
        if term >= 0:
            self.of_term.setdefault(term, []).append(column)
        return column

    def sign(self, column: int) -> float:
        return self._columns[column][4]

    def block(self, rows_of: Sequence[Sequence[int]]) -> _Block:
        return _Block(
            np.array(self._columns, dtype=float).reshape(-1, 7).T,
            tuple(chain.from_iterable(rows_of[term] for term in self.of_term)),
            np.array(self.ratio_columns, dtype=np.int64),
            np.array(self.ratio_coefficients, dtype=float),
            tuple(self.ratio_lengths),
            tuple(self.ratio_upper),
        )


class Surroundings:
    """A system with its rows by their terms."""

    def __init__(self, system: System) -> None:
        """Take a system; the states of its figures may change, its rows and everything else of its figures do not."""
        self.system = system
        self.rows_of: list[list[int]] = [[] for _ in system.values]
        below: list[float] = []
        above: list[float] = []
        for number, row in enumerate(system.rows):
            truth = system.residual(row.terms, row.coefficients)
            below.append(min(0.0, row.lower - truth))
            above.append(max(0.0, row.upper - truth))
            for term in row.terms:
                self.rows_of[term].append(number)
        self._below, self._above = np.array(below, dtype=float), np.array(above, dtype=float)
        """How far the sum of each row may fall below what it truly comes to; and above."""
        self._lengths = np.array([len(row.terms) for row in system.rows], dtype=np.int64)
        self._starts = np.cumsum(self._lengths) - self._lengths
        self._terms = np.array([term for row in system.rows for term in row.terms], dtype=np.int64)
        self._coefficients = np.array([c for row in system.rows for c in row.coefficients], dtype=float)
        # the last place is for columns that move no term
        self._first_column = np.zeros(len(system.values) + 1, dtype=np.int64)
        self._column_count = np.zeros(len(system.values) + 1, dtype=np.int64)
        self._blocks: dict[tuple[bool, bool], list[dict[int, _Block]]] = defaultdict(lambda: [{} for _ in State])
        moving = [self._moves(term) for term in range(len(system.values))]
        self._reach = [
            [(term, system.figures[system.figure_of[term]].terms) for term in row.terms if moving[term]]
            for row in system.rows
        ]
        """Of each row the terms that are not fixed, each with all of its figure."""
        self._near: dict[tuple[tuple[int, ...], int], Around] = {}

    def around(self, start: tuple[int, ...], radius: int | None, *, is_kept: bool = False) -> Around:
        """Return what rows tie to some terms, so many rows away (None: however far), and what is not fixed of it.

        is_kept: whether it is remembered, as of what is small and is asked for again.
        """
        if radius is None or not is_kept:
            return self._around(start, radius)
        found = self._near.get((start, radius))
        if found is None:
            found = self._near[start, radius] = self._around(start, radius)
        return found

    def _around(self, start: Iterable[int], radius: int | None) -> Around:
        figures, figure_of, reach, rows_of = self.system.figures, self.system.figure_of, self._reach, self.rows_of
        found = set(start)
        for term in start:
            found.update(figures[figure_of[term]].terms)
        frontier = set(found)
        seen: set[int] = set()
        step = 0
        while frontier and (radius is None or step < radius):
            step += 1
            reached: set[int] = set()
            for term in frontier:
                for number in rows_of[term]:
                    if number in seen:
                        continue
                    seen.add(number)
                    for other, terms in reach[number]:
                        if other not in found:
                            reached.update(terms)
            frontier = reached - found
            found |= frontier
        return Around(len(found), tuple({figure_of[term] for term in found}))

    def _moves(self, term: int) -> bool:
        """Tell whether a term is not known for certain, or could be made so."""
        system = self.system
        figure = system.figures[system.figure_of[term]]
        return figure.may_become is not State.SHOWN or system.shown_lower[term] < system.shown_upper[term]

    def program(
        self,
        target: Target,
        places: Iterable[int],
        *,
        between: tuple[float, float],
        may_hide: bool,
        far: bool = False,
    ) -> tuple[Program, Columns, tuple[Places, Floats]]:
        """Return a program with two sets of values for the terms of some figures; all others have their true values.

        between: how far the second set's value of the target lies above the first's; far: whether a hidden number may
        be as large as it likes, and not only as large as somebody would believe. With the program comes what its
        columns are, and that difference, over the columns of both sets.
        """
        figures, known = self.system.figures, self._blocks[may_hide, far]
        blocks = [
            known[state].get(place) or self._block(place, state, may_hide=may_hide, far=far)
            for place in places
            for state in (figures[place].state,)
        ]
        lower, upper, cost, terms, signs, owners, asks = np.concatenate([block.columns for block in blocks], axis=1)
        columns = Columns(terms.astype(np.int64), signs, owners.astype(np.int64), asks > 0)
        size = len(columns)
        first, count = self._first_column, self._column_count
        # those of one term follow each other
        first[columns.terms[::-1]] = np.arange(size - 1, -1, -1)
        np.add.at(count, columns.terms, 1)
        inside, coefficients, lengths, below, above = self._rows(blocks, signs)
        at, of_target = self._difference(target, signs)
        count[columns.terms] = 0
        every = np.concatenate((lengths, lengths, [len(at)]))
        program = Program(
            cost=np.concatenate((cost, cost)),
            lower=np.concatenate((lower, lower)),
            upper=np.concatenate((upper, upper)),
            starts=np.cumsum(every) - every,
            columns=np.concatenate((inside, inside + size, at)),
            coefficients=np.concatenate((coefficients, coefficients, of_target)),
            row_lower=np.concatenate((below, below, between[:1])),
            row_upper=np.concatenate((above, above, between[1:])),
        )
        return program, columns, (at, of_target)

    def _rows(self, blocks: Sequence[_Block], signs: Floats) -> tuple[Places, Floats, Places, Floats, Floats]:
        """Return the rows of one set of values: columns, coefficients, how many of them each has, and its bounds."""
        inside: list[Places] = []
        coefficients: list[Floats] = []
        lengths: list[int] = []
        upper: list[float] = []
        offset = 0
        for block in blocks:
            if block.ratio_lengths:
                inside.append(block.ratio_columns + offset)
                coefficients.append(block.ratio_coefficients)
                lengths += block.ratio_lengths
                upper += block.ratio_upper
            offset += block.columns.shape[1]
        # their order is part of the program: by another the solver may find other figures that would do as well
        found = set(chain.from_iterable(block.rows for block in blocks))
        numbers = np.fromiter(found, dtype=np.int64, count=len(found))
        sizes = self._lengths[numbers]
        flat = _ranges(self._starts[numbers], sizes)
        terms = self._terms[flat]
        counts = self._column_count[terms]
        columns = _ranges(self._first_column[terms], counts)
        inside.append(columns)
        coefficients.append(np.repeat(self._coefficients[flat], counts) * signs[columns])
        ends = np.concatenate(([0], np.cumsum(counts)))[np.cumsum(sizes)]
        return (
            np.concatenate(inside),
            np.concatenate(coefficients),
            np.concatenate((np.array(lengths, dtype=np.int64), np.diff(ends, prepend=0))),
            np.concatenate((np.full(len(lengths), -UNBOUNDED), self._below[numbers])),
            np.concatenate((upper, self._above[numbers])),
        )

    def _difference(self, target: Target, signs: Floats) -> tuple[Places, Floats]:
        """Return the second set's value of a target less the first's, over the columns of both."""
        terms = np.array(target.terms, dtype=np.int64)
        counts = self._column_count[terms]
        columns = _ranges(self._first_column[terms], counts)
        coefficients = np.repeat(np.array(target.coefficients, dtype=float), counts) * signs[columns]
        return np.concatenate((columns, columns + len(signs))), np.concatenate((-coefficients, coefficients))

    # a figure -----------------------------------------------------------------------------------------------------

    def _block(self, place: int, state: State, *, may_hide: bool, far: bool) -> _Block:
        """Return the columns and rows of a figure in a state, and remember them."""
        system, figure = self.system, self.system.figures[place]
        made = _Made(place, is_hidden=state is not State.SHOWN)
        can_move = may_hide and figure.may_become is not State.SHOWN
        for term in figure.terms:
            value = system.values[term]
            below = value - system.least(term)
            above = UNBOUNDED if far else BELIEVABLE + 2 * max(value, 0.0)
            if state is not State.SHOWN:
                made.add(-below, above, term=term)
                continue
            known_below, known_above = value - system.shown_lower[term], system.shown_upper[term] - value
            if known_below or known_above:
                made.add(-known_below, known_above, term=term)
            if can_move:
                cost = (
                    figure.weight * (1 if len(figure.terms) == 1 else 0.5) * (1 + LARGER * math.log1p(max(value, 0.0)))
                )
                made.add(0.0, above, term=term, cost=cost)
                if below > known_below:
                    made.add(0.0, below - known_below, term=term, sign=-1.0, cost=cost)
        if figure.shown_value is not None and state is not State.HIDDEN:
            self._add_ratio(made, place, can_stretch=may_hide and figure.may_become is State.HIDDEN)
        block = self._blocks[may_hide, far][state][place] = made.block(self.rows_of)
        return block

    def _add_ratio(self, made: _Made, place: int, *, can_stretch: bool) -> None:
        """Add that numerator over denominator is what is printed, to half of its last digit."""
        figure = self.system.figures[place]
        numerator, denominator = figure.terms
        scale = 100.0 if figure.value_type == "percent" else 1.0
        for side in (1.0, -1.0):
            bound = (figure.shown_value or 0.0) + side * figure.shown_margin
            truth = side * (scale * self.system.values[numerator] - bound * self.system.values[denominator])
            before = len(made.ratio_columns)
            for term, factor in ((numerator, side * scale), (denominator, -side * bound)):
                for column in made.of_term.get(term, ()):
                    made.ratio_columns.append(column)
                    made.ratio_coefficients.append(factor * made.sign(column))
            if len(made.ratio_columns) == before:
                continue
            if can_stretch:
                made.ratio_columns.append(made.add(0.0, UNBOUNDED, term=-1, cost=figure.weight / scale))
                made.ratio_coefficients.append(-1.0)
            made.ratio_lengths.append(len(made.ratio_columns) - before)
            made.ratio_upper.append(max(0.0, -truth))


def _ranges(starts: Places, lengths: Places) -> Places:
    """Return the numbers that follow each start, as many as its length says, one range after the other."""
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))
