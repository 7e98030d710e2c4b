"""Hide more until no small number can be told to within the width: a linear program says what costs least."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csc_warehouse.disclosure.programs import Solver
from csc_warehouse.disclosure.surroundings import Columns, Surroundings, difference
from csc_warehouse.disclosure.system import UNBOUNDED, Figure, State, System, Target

RADII = (2, 5, 12)
"""How many rows away from a target is looked first; beyond the last, everything that hangs together is."""
MOST_REVISITED = 6
"""A figure that so many small numbers rest on is not shown again: proving them anew would cost more than it gains."""
SPARSER_ROUNDS = 2
"""How often a solution is sought again that spreads over fewer figures."""
MOVED = 1e-6

Order = Literal["as it comes", "backwards", "smallest first", "largest first"]


@dataclass(slots=True)
class Witness:
    """Values of all terms that a reader cannot tell from the true ones: those not named are the true ones."""

    values: dict[int, float]
    needs: dict[int, State]
    """Figures that must be hidden so far for it to hold."""


@dataclass(slots=True)
class Interval:
    """What a reader cannot exclude for a target, and by which witnesses."""

    lower: float
    upper: float
    lowest: Witness | None = None
    highest: Witness | None = None

    @property
    def width(self) -> float:
        """Return maximum less minimum."""
        return self.upper - self.lower


@dataclass(slots=True)
class Choice:
    """Why a figure that is not small itself was hidden: for which target, by which relation."""

    target: Target
    relation: str


@dataclass
class Closed:
    """What a closing did: an interval for each target, why figures were hidden, and targets that nothing protects."""

    targets: list[Target]
    intervals: list[Interval]
    choices: dict[int, Choice] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)


class Closing:
    """The closing of one system; states of its figures are changed in place."""

    def __init__(self, system: System, *, width: float, smallest_shown: int, solver: Solver) -> None:
        """Take a system with each figure in its first state."""
        self._system = system
        self._width = width
        self._solver = solver
        self._surroundings = Surroundings(system)
        self._targets = system.targets(smallest_shown)
        self._intervals = [Interval(target.value, target.value) for target in self._targets]
        self._targets_of: dict[int, list[int]] = defaultdict(list)
        for number, target in enumerate(self._targets):
            for term in target.terms:
                self._targets_of[term].append(number)
        self._first_states = [figure.state for figure in system.figures]
        self._result = Closed(self._targets, self._intervals)

    def run(self, order: Order = "as it comes") -> Closed:
        """Hide until every target that can be protected keeps the width, then show again what need not be hidden."""
        numbers = list(range(len(self._targets)))
        if order == "backwards":
            numbers.reverse()
        elif order != "as it comes":
            numbers.sort(key=lambda number: self._targets[number].value, reverse=order == "largest first")
        for number in numbers:
            if self._intervals[number].width < self._width - MOVED and not self._protect(self._targets[number]):
                self._result.pinned.append(number)
        self._show_again()
        return self._result

    # a target -----------------------------------------------------------------------------------------------------

    def _protect(self, target: Target) -> bool:
        """Hide what it takes for one target; return False where nothing could."""
        for far, terms in ((far, terms) for far in (False, True) for terms in self._neighbourhoods(target)):
            found = self._cheapest(target, terms, far=far)
            if found is None:
                continue
            lowest, highest = found
            for witness in found:
                for figure, state in witness.needs.items():
                    if self._system.figures[figure].state < state:
                        self._system.figures[figure].state = state
                        self._result.choices[figure] = Choice(target, self._relation(figure, witness))
            self._learn(lowest)
            self._learn(highest)
            return True
        return False

    def _neighbourhoods(self, target: Target) -> Iterator[set[int]]:
        """Yield ever larger sets of terms around a target, each once."""
        known = -1
        for radius in (*RADII, None):
            terms = self._surroundings.around(target.terms, radius)
            if len(terms) > known:
                known = len(terms)
                yield terms

    def _cheapest(self, target: Target, terms: set[int], *, far: bool) -> tuple[Witness, Witness] | None:
        """Return two sets of values that lie the width apart, hiding as little more as can be; None: there are none."""
        program, columns = self._surroundings.program(terms, may_hide=True, far=far)
        places, coefficients = difference(target, columns)
        program.add_row(places, coefficients, self._width, UNBOUNDED)
        self._solver.load(program)
        values = self._solver.solve()
        if values is None:
            return None
        best = self._witnesses(columns, values)
        price = self._price(best)
        costs = np.array(program.cost)
        for _ in range(SPARSER_ROUNDS if price else 0):
            self._solver.set_costs(costs / (np.abs(values) + 0.05 * self._width))
            again = self._solver.solve()
            if again is None:
                break
            values = again
            other = self._witnesses(columns, values)
            if self._price(other) < price - MOVED:
                best, price = other, self._price(other)
        return best

    def _widest(self, target: Target, terms: set[int]) -> tuple[Witness, Witness] | None:
        """Return two sets of values as far apart as what is hidden now allows, up to the width."""
        program, columns = self._surroundings.program(terms, may_hide=False)
        places, coefficients = difference(target, columns)
        program.add_row(places, coefficients, 0.0, self._width)
        for place, coefficient in zip(places, coefficients, strict=True):
            program.cost[place] = -coefficient
        self._solver.load(program)
        values = self._solver.solve()
        return None if values is None else self._witnesses(columns, values)

    # witnesses ----------------------------------------------------------------------------------------------------

    def _witnesses(self, columns: Columns, solution: NDArray[np.float64]) -> tuple[Witness, Witness]:
        size = len(columns.terms)
        return self._witness(columns, solution[:size]), self._witness(columns, solution[size : 2 * size])

    def _witness(self, columns: Columns, solution: NDArray[np.float64]) -> Witness:
        system = self._system
        values: dict[int, float] = {}
        needs: dict[int, State] = {}
        for column in np.flatnonzero(np.abs(solution) > MOVED).tolist():
            term, place = columns.terms[column], columns.figures[column]
            figure = system.figures[place]
            if term < 0:
                needs[place] = State.HIDDEN
                continue
            values[term] = values.get(term, system.values[term]) + columns.signs[column] * float(solution[column])
            if columns.is_paid[column] or figure.state is not State.SHOWN:
                least = State.TERMS_HIDDEN if figure.shown_value is not None else State.HIDDEN
                needs[place] = max(least, needs.get(place, least))
        for place in needs:
            # of a hidden percentage nothing was asked: look whether these values would do beside what it printed
            if system.figures[place].state is State.HIDDEN and not self._is_as_printed(system.figures[place], values):
                needs[place] = State.HIDDEN
        return Witness(values, needs)

    def _is_as_printed(self, figure: Figure, values: dict[int, float]) -> bool:
        if figure.shown_value is None:
            return True
        numerator, denominator = (values.get(term, self._system.values[term]) for term in figure.terms)
        scale = 100.0 if figure.value_type == "percent" else 1.0
        reach = figure.shown_margin * denominator + MOVED
        return abs(scale * numerator - figure.shown_value * denominator) <= reach

    def _price(self, witnesses: tuple[Witness, Witness]) -> float:
        """Return what is hidden more by two witnesses."""
        wanted: dict[int, State] = {}
        for witness in witnesses:
            for place, state in witness.needs.items():
                wanted[place] = max(state, wanted.get(place, state))
        figures = self._system.figures
        return sum(
            figures[place].weight * (0.5 if state is State.TERMS_HIDDEN else 1.0)
            for place, state in wanted.items()
            if state > figures[place].state
        )

    def _learn(self, witness: Witness) -> None:
        """Widen the interval of every target by what a witness shows to be possible."""
        touched = {number for term in witness.values for number in self._targets_of.get(term, ())}
        for number in touched:
            target = self._targets[number]
            value = sum(
                coefficient * witness.values.get(term, self._system.values[term])
                for term, coefficient in zip(target.terms, target.coefficients, strict=True)
            )
            interval = self._intervals[number]
            if value > interval.upper:
                interval.upper, interval.highest = value, witness
            elif value < interval.lower:
                interval.lower, interval.lowest = value, witness

    def _relation(self, place: int, witness: Witness) -> str:
        """Return by which relation a figure would have told: a row in which it has to move with others."""
        system = self._system
        for term in system.figures[place].terms:
            for number in self._surroundings.rows_of[term]:
                row = system.rows[number]
                if sum(other in witness.values for other in row.terms) > 1:
                    return row.relation
        return ""

    # what need not be hidden after all ----------------------------------------------------------------------------

    def _show_again(self) -> None:
        """Show again, dearest first, each figure without which every target still keeps the width."""
        figures = self._system.figures
        users: dict[int, set[int]] = defaultdict(set)
        for number, interval in enumerate(self._intervals):
            for witness in (interval.lowest, interval.highest):
                for place in witness.needs if witness else ():
                    users[place].add(number)
        for place in sorted(self._result.choices, key=lambda place: -figures[place].weight):
            self._show_again_one(place, users)

    def _show_again_one(self, place: int, users: dict[int, set[int]]) -> None:
        figure = self._system.figures[place]
        first, now = self._first_states[place], figure.state
        if len(users[place]) > MOST_REVISITED:
            return
        steps = [first] if figure.shown_value is None else [state for state in State if first <= state < now]
        for state in steps:
            figure.state = state
            replaced: list[tuple[int, Interval]] = []
            for number in sorted(users[place]):
                interval = self._intervals[number]
                is_used = any(
                    witness is not None and witness.needs.get(place, State.SHOWN) > state
                    for witness in (interval.lowest, interval.highest)
                )
                if not is_used:
                    continue
                found = self._kept(number)
                if found is None:
                    break
                replaced.append((number, found))
            else:
                for number, interval in replaced:
                    self._intervals[number] = interval
                    for witness in (interval.lowest, interval.highest):
                        for other in witness.needs if witness else ():
                            users[other].add(number)
                if state is first:
                    del self._result.choices[place]
                return
        figure.state = now

    def _kept(self, number: int) -> Interval | None:
        """Return an interval of the full width that a target has by what is hidden now, or None."""
        target = self._targets[number]
        for radius in RADII[:1]:
            found = self._widest(target, self._surroundings.around(target.terms, radius))
            if found is None:
                continue
            lower, upper = (
                sum(
                    coefficient * witness.values.get(term, self._system.values[term])
                    for term, coefficient in zip(target.terms, target.coefficients, strict=True)
                )
                for witness in found
            )
            if upper - lower >= self._width - MOVED:
                return Interval(lower, upper, *found)
        return None
