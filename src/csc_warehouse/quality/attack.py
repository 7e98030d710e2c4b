"""An attack on what would be published, told nothing of how it was hidden: each row is a variable.

The rules by which figures hang together are the register's; how they are put into equations, and the proof itself,
share nothing with the room that hides.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from csc_warehouse.quality import attack_equations
from csc_warehouse.quality.attack_equations import Equation, Published, Variable
from csc_warehouse.register import Register

EPSILON = 1e-4
FREE = float("inf")
ROUNDING_REACH = 2.5


@dataclass(frozen=True, slots=True)
class Findings:
    """What an attack on one profile of one authority found."""

    small_numbers: int
    exact: int
    """Small numbers that a reader can work out: no two whole numbers lie in what is left of them."""
    too_narrow: int
    """Those that a reader knows to within less than the width, exact ones among them."""
    unprotected: int
    """Those of the narrow ones that some release could have protected."""
    equations: int
    examples: tuple[str, ...] = ()


@dataclass
class _Model:
    """Bounds of every variable, and the equations between them."""

    lower: dict[Variable, float] = field(default_factory=dict)
    upper: dict[Variable, float] = field(default_factory=dict)
    equations: list[Equation] = field(default_factory=list)


class Attack:
    """The attack on the rows of one profile of one authority, beside what readers hold of it."""

    def __init__(
        self,
        rows: Sequence[Published],
        register: Register,
        profile: str,
        *,
        width: float,
        smallest: int,
        releases: Sequence[Sequence[Published]] = (),
        shown: Sequence[Published] = (),
    ) -> None:
        """Take the rows of the candidate; nothing is solved yet.

        releases: rows of releases that are out, each with all that its equations need; shown: single rows that are.
        """
        self._register = register
        self._profile = profile
        self._width = width
        self._smallest = smallest
        self._rows: list[Published] = []
        self._same: list[int] = []
        """For each row the first that says the same of the same days: their numbers are one number."""
        self._equations: list[Equation] = []
        firsts: dict[tuple[object, ...], int] = {}
        for number, part in enumerate((rows, *releases, shown)):
            offset = len(self._rows)
            for row in part:
                key = (
                    row.indicator_code, row.period_type, row.period_label, row.breakdown, row.breakdown_value,
                    row.start, row.end, row.numerator, row.denominator,
                )  # fmt: skip
                self._same.append(firsts.setdefault(key, len(self._rows)))
                self._rows.append(row)
            if number <= len(releases):
                self._equations.extend(
                    Equation(self._merged(equation.terms, offset), equation.lower, equation.upper)
                    for equation in attack_equations.equations(part, register)
                )
        self._candidate = len(rows)
        self._told = {self._same[place] for place, row in enumerate(self._rows) if row.shown_numerator is not None}
        self._targets = list(self._small_terms())

    def _merged(self, terms: Mapping[Variable, float], offset: int) -> dict[Variable, float]:
        found: dict[Variable, float] = defaultdict(float)
        for (place, position), coefficient in terms.items():
            found[self._same[place + offset], position] += coefficient
        return {variable: coefficient for variable, coefficient in found.items() if coefficient}

    def run(self) -> Findings:
        """Bound every hidden small number by all that is shown, and ask of the narrow ones whether it had to be."""
        as_shown = self._model(hides_all=False)
        ranges = _ranges(as_shown, [form for _, form in self._targets], self._width)
        narrow = [number for number, (lowest, highest) in enumerate(ranges) if highest - lowest < self._width - EPSILON]
        exact = sum(ranges[number][1] - ranges[number][0] < 1 - EPSILON for number in narrow)
        told: list[int] = []
        if narrow:
            at_most = self._model(hides_all=True)
            best = _ranges(at_most, [self._targets[number][1] for number in narrow], self._width)
            told = [
                number
                for number, (lowest, highest) in zip(narrow, best, strict=True)
                if highest - lowest >= self._width - EPSILON
            ]
        return Findings(
            small_numbers=len(self._targets),
            exact=exact,
            too_narrow=len(narrow),
            unprotected=len(told),
            equations=len(self._equations),
            examples=tuple(self._name(self._targets[number][0]) for number in told[:5]),
        )

    def _name(self, place: int) -> str:
        row = self._rows[place]
        group = "" if row.breakdown == "all" else f" by {row.breakdown}, {row.breakdown_value}"
        return f"{row.indicator_code}{group}, {row.period_label}"

    def _small_terms(self) -> Iterator[tuple[int, dict[Variable, float]]]:
        for place, row in enumerate(self._rows):
            if place in self._told or self._same[place] != place:
                continue
            numerator, denominator = {(place, 0): 1.0}, {(place, 1): 1.0}
            kind = self._register.indicators[row.indicator_code].value_type
            if kind == "count":
                forms = [(row.numerator, numerator)]
            elif row.denominator is None:
                continue
            elif kind == "mean":
                forms = [(row.denominator, denominator)]
                if 0 < row.denominator < self._smallest and row.numerator > 0:
                    yield place, numerator
            else:
                complement = {(place, 0): -1.0, (place, 1): 1.0}
                forms = [
                    (row.numerator, numerator),
                    (row.denominator, denominator),
                    (row.denominator - row.numerator, complement),
                ]
            for value, form in forms:
                if 0 < value < self._smallest:
                    yield place, dict(form)

    def _model(self, *, hides_all: bool) -> _Model:
        """Return what a reader knows; hides_all: had everything been hidden in the candidate that may be."""
        model = _Model(equations=list(self._equations))
        for place, row in enumerate(self._rows):
            indicator = self._register.indicators[row.indicator_code]
            has_terms = indicator.value_type in ("percent", "mean") and row.denominator is not None
            is_kept = (
                self._profile == "committee" and indicator.is_printed and row.breakdown in indicator.printed_breakdowns
            )
            is_nought = row.numerator == 0 and not row.denominator
            may_hide = hides_all and place < self._candidate and not is_nought and not (is_kept and not has_terms)
            is_hidden = row.shown_numerator is None or may_hide
            terms = [(0, row.numerator, row.shown_numerator)]
            if has_terms and row.denominator is not None:
                terms.append((1, row.denominator, row.shown_denominator))
            for position, value, shown in terms:
                variable = (self._same[place], position)
                least = 1.0 if value >= 1 else min(value, 0.0)
                lower, upper = (least, FREE) if is_hidden or shown is None else self._as_shown(row, value, shown)
                model.lower[variable] = max(lower, model.lower.get(variable, lower))
                model.upper[variable] = min(upper, model.upper.get(variable, upper))
            keeps_value = row.shown_value is not None and (not may_hide or is_kept)
            if is_hidden and has_terms and keeps_value and row.denominator:
                scale = 100.0 if indicator.value_type == "percent" else 1.0
                model.equations.extend(self._ratio(self._same[place], row, scale))
        return model

    def _as_shown(self, row: Published, value: float, shown: float) -> tuple[float, float]:
        """Return between what a reader knows a number to lie that is shown."""
        if self._profile != "rounded" or row.is_exact or value == 0:
            # a nought that is shown is one: what would round to it is small, and hidden
            return value, value
        reach = ROUNDING_REACH if value % 1 else 2
        return max(0.0, shown - reach), shown + reach

    @staticmethod
    def _ratio(place: int, row: Published, scale: float) -> Iterable[Equation]:
        shown = row.shown_value
        if shown is None:  # a percentage printed by the council of which nothing is shown yet
            return
        yield Equation({(place, 0): scale, (place, 1): -(shown + 0.05)}, -FREE, 0.0)
        yield Equation({(place, 0): scale, (place, 1): -(shown - 0.05)}, 0.0, FREE)


def _ranges(model: _Model, forms: Sequence[Mapping[Variable, float]], enough: float) -> list[tuple[float, float]]:
    """Return between what a reader knows each form to lie; of a range wider than enough no more than that is sure."""
    same = _same_numbers(model)
    model = _with_one_variable_each(model, same)
    forms = [_renamed(form, same) for form in forms]
    of_component, components = _components(model)
    wanted: dict[int, list[int]] = defaultdict(list)
    found: list[tuple[float, float]] = [(0.0, FREE)] * len(forms)
    for number, form in enumerate(forms):
        moving = [variable for variable in form if variable in of_component]
        if not moving:
            value = sum(coefficient * model.lower[variable] for variable, coefficient in form.items())
            found[number] = (value, value)
        else:
            wanted[of_component[moving[0]]].append(number)

    def bounded(component: int) -> list[tuple[float, float]]:
        solver = _ComponentSolver(model, components[component])
        return solver.ranges([forms[number] for number in wanted[component]], enough)

    # the largest first, so that none is left alone at the end; the solver computes without holding the interpreter
    ordered = sorted(wanted, key=lambda component: len(components[component].variables), reverse=True)
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        for component, bounds in zip(ordered, threads.map(bounded, ordered), strict=True):
            for number, bound in zip(wanted[component], bounds, strict=True):
                found[number] = bound
    return found


def _same_numbers(model: _Model) -> dict[Variable, Variable]:
    """Return for each variable the one that stands for it: those that equations say to be the same number are one."""
    leader = {variable: variable for variable in model.lower}

    def find(variable: Variable) -> Variable:
        while leader[variable] != variable:
            leader[variable] = leader[leader[variable]]
            variable = leader[variable]
        return variable

    for equation in model.equations:
        if len(equation.terms) == 2 and equation.lower == equation.upper == 0:
            (one, first), (other, second) = equation.terms.items()
            if first == -second:
                leader[find(other)] = find(one)
    return {variable: find(variable) for variable in leader}


def _renamed(terms: Mapping[Variable, float], same: Mapping[Variable, Variable]) -> dict[Variable, float]:
    found: dict[Variable, float] = defaultdict(float)
    for variable, coefficient in terms.items():
        found[same[variable]] += coefficient
    return {variable: coefficient for variable, coefficient in found.items() if coefficient}


def _with_one_variable_each(model: _Model, same: Mapping[Variable, Variable]) -> _Model:
    """Return the model with one variable for each number, between the narrowest bounds, and each equation once."""
    made = _Model()
    for variable, leader in same.items():
        made.lower[leader] = max(model.lower[variable], made.lower.get(leader, -FREE))
        made.upper[leader] = min(model.upper[variable], made.upper.get(leader, FREE))
    equations: dict[tuple[object, ...], Equation] = {}
    for equation in model.equations:
        terms = _renamed(equation.terms, same)
        key = (frozenset(terms.items()), equation.lower, equation.upper)
        if terms and key not in equations:
            equations[key] = Equation(terms, equation.lower, equation.upper)
    made.equations = list(equations.values())
    return made


@dataclass
class _Component:
    variables: list[Variable] = field(default_factory=list)
    equations: list[int] = field(default_factory=list)


def _components(model: _Model) -> tuple[dict[Variable, int], list[_Component]]:
    """Part the variables that are not known for certain into those that equations tie together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    moving = [variable for variable, lower in model.lower.items() if lower != model.upper[variable]]
    place = {variable: number for number, variable in enumerate(moving)}
    firsts: list[int] = []
    seconds: list[int] = []
    tied: list[tuple[int, int]] = []
    for number, equation in enumerate(model.equations):
        own = [place[variable] for variable in equation.terms if variable in place]
        if own:
            tied.append((number, own[0]))
            firsts += [own[0]] * (len(own) - 1)
            seconds += own[1:]
    graph = coo_array((np.ones(len(firsts)), (firsts, seconds)), shape=(len(moving), len(moving)))
    count, labels = connected_components(graph, directed=False)
    components = [_Component() for _ in range(count)]
    for variable, label in zip(moving, labels.tolist(), strict=True):
        components[label].variables.append(variable)
    for number, first in tied:
        components[int(labels[first])].equations.append(number)
    return dict(zip(moving, labels.tolist(), strict=True)), components


class _ComponentSolver:
    """One linear program in absolute numbers, of which only the objective changes."""

    def __init__(self, model: _Model, component: _Component) -> None:
        from csc_warehouse.quality.attack_solver import Minimiser

        self._place = {variable: number for number, variable in enumerate(component.variables)}
        self._model = model
        rows: list[tuple[dict[int, float], float, float]] = []
        for number in component.equations:
            equation = model.equations[number]
            constant = sum(
                coefficient * model.lower[variable]
                for variable, coefficient in equation.terms.items()
                if variable not in self._place
            )
            inside = {self._place[v]: c for v, c in equation.terms.items() if v in self._place}
            rows.append((inside, equation.lower - constant, equation.upper - constant))
        self._minimiser = Minimiser(
            [model.lower[variable] for variable in component.variables],
            [model.upper[variable] for variable in component.variables],
            rows,
        )

    def ranges(self, forms: Sequence[Mapping[Variable, float]], enough: float) -> list[tuple[float, float]]:
        """Return the range of each form; every solution shows what all of them can be."""
        from scipy.sparse import csr_array

        size = len(self._place)
        constants = np.zeros(len(forms))
        moving: list[dict[int, float]] = []
        for number, form in enumerate(forms):
            moving.append({self._place[v]: coefficient for v, coefficient in form.items() if v in self._place})
            constants[number] = sum(c * self._model.lower[v] for v, c in form.items() if v not in self._place)
        # of thousands of columns a form has one or two
        matrix = csr_array(
            (
                np.array([coefficient for form in moving for coefficient in form.values()], dtype=float),
                np.array([place for form in moving for place in form], dtype=np.int64),
                np.cumsum([0] + [len(form) for form in moving]),
            ),
            shape=(len(forms), size),
        )
        lowest, highest = np.full(len(forms), FREE), np.full(len(forms), -FREE)

        def seen(solution: NDArray[np.float64]) -> None:
            values = matrix @ solution + constants
            np.minimum(lowest, values, out=lowest)
            np.maximum(highest, values, out=highest)

        start = self._minimiser.minimise(np.zeros(size))
        if start is None:
            # what is shown contradicts itself: it hides nothing
            return [(0.0, 0.0)] * len(forms)
        seen(start)
        for number in range(len(forms)):
            for sign in (1.0, -1.0):
                if highest[number] - lowest[number] >= enough + EPSILON:
                    break
                cost = np.zeros(size)
                for place, coefficient in moving[number].items():
                    cost[place] = sign * coefficient
                solution = self._minimiser.minimise(cost)
                if solution is None:  # without bound in that direction
                    lowest[number], highest[number] = (-FREE, highest[number]) if sign > 0 else (lowest[number], FREE)
                else:
                    seen(solution)
        return list(zip(lowest.tolist(), highest.tolist(), strict=True))
