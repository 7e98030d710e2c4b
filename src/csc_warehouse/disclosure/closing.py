"""Hide more until no small number can be told to within the width: a linear program says what costs least."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from csc_warehouse.disclosure.search import MOVED, Search, Witness
from csc_warehouse.disclosure.surroundings import Around
from csc_warehouse.disclosure.system import State, Target

RADII = (2, 5, 12)
"""How many rows away from a target is looked first; beyond the last, everything that hangs together is."""
MOST_REVISITED = 6
"""A figure that so many small numbers rest on is not shown again: proving them anew would cost more than it gains."""

Order = Literal["as it comes", "backwards", "smallest first", "largest first"]


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

    def __init__(self, search: Search, *, smallest_shown: int) -> None:
        """Take a system, by the search for values in it, with each figure in its first state."""
        self._system = system = search.system
        self._search = search
        self._surroundings = search.surroundings
        self._width = search.width
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
        for far, around in ((far, around) for far in (False, True) for around in self._neighbourhoods(target)):
            found = self._search.cheapest(target, around, far=far)
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

    def _neighbourhoods(self, target: Target) -> Iterator[Around]:
        """Yield ever more that lies around a target, each once."""
        known = -1
        for radius in (*RADII, None):
            around = self._surroundings.around(target.terms, radius, is_kept=radius == RADII[0])
            if around.terms > known:
                known = around.terms
                yield around

    # witnesses ----------------------------------------------------------------------------------------------------

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
        found = self._search.widest(target, self._surroundings.around(target.terms, RADII[0], is_kept=True))
        if found is None:
            return None
        lower, upper = (
            sum(
                coefficient * witness.values.get(term, self._system.values[term])
                for term, coefficient in zip(target.terms, target.coefficients, strict=True)
            )
            for witness in found
        )
        return Interval(lower, upper, *found) if upper - lower >= self._width - MOVED else None
