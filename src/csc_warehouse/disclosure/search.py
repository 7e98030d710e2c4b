"""The search for values that a reader cannot tell from the true ones, by linear programs around a small number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from csc_warehouse.disclosure.programs import Floats, Solver
from csc_warehouse.disclosure.surroundings import Around, Columns, Surroundings
from csc_warehouse.disclosure.system import UNBOUNDED, Figure, State, System, Target

SPARSER_ROUNDS = 2
"""How often a solution is sought again that spreads over fewer figures."""
MOVED = 1e-6


@dataclass(slots=True)
class Witness:
    """Values of all terms that a reader cannot tell from the true ones: those not named are the true ones."""

    values: dict[int, float]
    needs: dict[int, State]
    """Figures that must be hidden so far for it to hold."""


Found = tuple[Witness, Witness] | None


class Search:
    """The programs of one system, each solved once: what is found depends on it and on states of figures alone."""

    def __init__(self, system: System, *, width: float, remembers: bool) -> None:
        """Take a system; remembers: whether what was found is kept, as of a system that is searched again and again."""
        self.system = system
        self.surroundings = Surroundings(system)
        self.width = width
        self._system = system
        self._solver = Solver()
        self._remembers = remembers
        self._found: dict[tuple[object, ...], Found] = {}

    def cheapest(self, target: Target, around: Around, *, far: bool) -> Found:
        """Return two sets of values that lie the width apart, hiding as little more as can be; None: there are none."""
        return self._once(("cheapest", far), target, around, lambda: self._cheapest(target, around, far=far))

    def widest(self, target: Target, around: Around) -> Found:
        """Return two sets of values as far apart as what is hidden now allows, up to the width."""
        return self._once(("widest",), target, around, lambda: self._widest(target, around))

    def _once(self, what: tuple[object, ...], target: Target, around: Around, find: Callable[[], Found]) -> Found:
        if not self._remembers:
            return find()
        figures = self._system.figures
        states = bytes([figures[place].state for place in around.places])
        key = (*what, target, around.places, states)
        if key not in self._found:
            self._found[key] = find()
        return self._found[key]

    def _cheapest(self, target: Target, around: Around, *, far: bool) -> Found:
        program, columns, _ = self.surroundings.program(
            target, around.places, between=(self.width, UNBOUNDED), may_hide=True, far=far
        )
        self._solver.load(program)
        values = self._solver.solve()
        if values is None:
            return None
        best = self._witnesses(columns, values)
        price = self._price(best)
        for _ in range(SPARSER_ROUNDS if price else 0):
            self._solver.set_costs(program.cost / (np.abs(values) + 0.05 * self.width))
            again = self._solver.solve()
            if again is None:
                break
            values = again
            other = self._witnesses(columns, values)
            if self._price(other) < price - MOVED:
                best, price = other, self._price(other)
        return best

    def _widest(self, target: Target, around: Around) -> Found:
        program, columns, (places, coefficients) = self.surroundings.program(
            target, around.places, between=(0.0, self.width), may_hide=False
        )
        costs = program.cost.copy()
        costs[places] = -coefficients
        self._solver.load(program, costs)
        values = self._solver.solve()
        return None if values is None else self._witnesses(columns, values)

    def _witnesses(self, columns: Columns, solution: Floats) -> tuple[Witness, Witness]:
        size = len(columns)
        return self._witness(columns, solution[:size]), self._witness(columns, solution[size : 2 * size])

    def _witness(self, columns: Columns, solution: Floats) -> Witness:
        system, truth = self._system, self._system.values
        values: dict[int, float] = {}
        needs: dict[int, State] = {}
        moved = np.flatnonzero(np.abs(solution) > MOVED)
        if len(moved) == 0:
            return Witness(values, needs)
        changes = columns.signs[moved] * solution[moved]
        terms = columns.terms[moved].tolist()
        for term, change in zip(terms, changes.tolist(), strict=True):
            if term >= 0:
                values[term] = (values[term] if term in values else truth[term]) + change
        asked = moved[columns.asks[moved]]
        for term, place in zip(columns.terms[asked].tolist(), columns.figures[asked].tolist(), strict=True):
            if term < 0:
                needs[place] = State.HIDDEN
                continue
            least = State.TERMS_HIDDEN if system.figures[place].shown_value is not None else State.HIDDEN
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
