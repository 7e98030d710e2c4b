"""Between which values numbers can lie that equations tie together: asked of linear programs, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from csc_warehouse.processors import usable_processors
from csc_warehouse.quality.attack_known import Floats, Places, Rows

EPSILON = 1e-4
FREE = float("inf")
REACH = 4.0
"""How many times as far as is enough one solution may lie from the first in a look at many forms at once."""
WORTH_A_LOOK = 4
"""So many forms have to be widened by a look at many for another one to be made."""

Form = Mapping[int, float]
"""What a small number is a sum of: coefficients by column."""


@dataclass(frozen=True, slots=True)
class Model:
    """Bounds of every column, and the rows between them."""

    lower: Floats
    upper: Floats
    rows: Rows


@dataclass(frozen=True, slots=True)
class _Component:
    """Columns that rows tie together, those rows by the columns' places in it, and which forms lie in it."""

    columns: Places
    rows: Rows
    forms: list[int]


def ranges(model: Model, forms: Sequence[Form], enough: float) -> list[tuple[float, float]]:
    """Return between what a reader knows each form to lie; of a range wider than enough no more than that is sure.

    What rows of several periods or releases say of one number is one form, and asked once.
    """
    said = [tuple(sorted(form.items())) for form in forms]
    each_once = dict.fromkeys(said)
    found = dict(zip(each_once, _ranges(model, [dict(form) for form in each_once], enough), strict=True))
    return [found[form] for form in said]


def _ranges(model: Model, forms: Sequence[Form], enough: float) -> list[tuple[float, float]]:
    is_moving = model.lower != model.upper
    found: list[tuple[float, float]] = [(0.0, FREE)] * len(forms)
    firsts: dict[int, int] = {}
    for number, form in enumerate(forms):
        moving = [column for column in form if is_moving[column]]
        if moving:
            firsts[number] = moving[0]
        else:
            value = float(sum(coefficient * model.lower[column] for column, coefficient in form.items()))
            found[number] = (value, value)
    components = _components(model, is_moving, firsts)

    def bounded(component: _Component) -> list[tuple[float, float]]:
        return _ComponentSolver(model, component).ranges([forms[number] for number in component.forms], enough)

    # the largest first, so that none is left alone at the end; the solver computes without holding the interpreter
    components.sort(key=lambda component: len(component.columns), reverse=True)
    with ThreadPoolExecutor(usable_processors()) as threads:
        for component, bounds in zip(components, threads.map(bounded, components), strict=True):
            for number, bound in zip(component.forms, bounds, strict=True):
                found[number] = bound
    return found


def _components(model: Model, is_moving: NDArray[np.bool_], firsts: Mapping[int, int]) -> list[_Component]:
    """Part the columns that are not known for certain into those that rows tie together, and leave out what is known.

    firsts: of each form that is asked for a column that moves; parts in which none lies are not returned.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows, size = model.rows, len(model.lower)
    numbers, inside = rows.number(), is_moving[rows.columns]
    known = np.bincount(
        numbers[~inside],
        weights=rows.coefficients[~inside] * model.lower[rows.columns[~inside]],
        minlength=len(rows),
    )
    numbers, columns, coefficients = numbers[inside], rows.columns[inside], rows.coefficients[inside]
    lengths = np.bincount(numbers, minlength=len(rows))
    # a row is a point of the graph too, beside its columns
    graph = coo_array((np.ones(len(columns)), (columns, size + numbers)), shape=(size + len(rows), size + len(rows)))
    _, labels = connected_components(graph, directed=False)
    wanted: dict[int, list[int]] = {}
    for number, first in firsts.items():
        wanted.setdefault(int(labels[first]), []).append(number)
    place = np.zeros(size, dtype=np.int64)
    moving = np.flatnonzero(is_moving)
    of_columns, of_rows, of_inside = labels[moving], labels[size:], labels[size + numbers]
    by_columns, by_rows, by_inside = (np.argsort(own, kind="stable") for own in (of_columns, of_rows, of_inside))
    found: list[_Component] = []
    for label, own in wanted.items():
        mine = moving[_of(label, of_columns, by_columns)]
        place[mine] = np.arange(len(mine))
        at, entries = _of(label, of_rows, by_rows), _of(label, of_inside, by_inside)
        found.append(
            _Component(
                mine,
                Rows(
                    lengths[at], place[columns[entries]], coefficients[entries],
                    rows.lower[at] - known[at], rows.upper[at] - known[at],
                ),
                own,
            )
        )  # fmt: skip
    return found


def _of(label: int, labels: Places, order: Places) -> Places:
    """Return the places of a label among labels, which `order` sorts."""
    return order[
        np.searchsorted(labels, label, "left", sorter=order) : np.searchsorted(labels, label, "right", sorter=order)
    ]


class _ComponentSolver:
    """One linear program in absolute numbers, of which only the objective changes."""

    def __init__(self, model: Model, component: _Component) -> None:
        from csc_warehouse.quality.attack_solver import Minimiser

        self._place = {column: number for number, column in enumerate(component.columns.tolist())}
        self._model = model
        self._lower, self._upper = model.lower[component.columns], model.upper[component.columns]
        self._minimiser = Minimiser(self._lower, self._upper, component.rows)

    def ranges(self, forms: Sequence[Form], enough: float) -> list[tuple[float, float]]:
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

        def seen(solution: Floats) -> None:
            values = matrix @ solution + constants
            np.minimum(lowest, values, out=lowest)
            np.maximum(highest, values, out=highest)

        start = self._minimiser.minimise(np.zeros(size))
        if start is None:
            # what is shown contradicts itself: it hides nothing
            return [(0.0, 0.0)] * len(forms)
        seen(start)
        # within bounds around the first solution every question about many forms has an answer
        reach = REACH * enough
        self._minimiser.set_bounds(np.maximum(self._lower, start - reach), np.minimum(self._upper, start + reach))
        for signs in _looks(lowest, highest, enough):
            solution = self._minimiser.minimise(signs @ matrix)
            if solution is not None:
                seen(solution)
        self._minimiser.set_bounds(self._lower, self._upper)
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


def _looks(lowest: Floats, highest: Floats, enough: float) -> Iterator[Floats]:
    """Yield in which direction each form whose range is not wide enough yet is moved, as long as that widens many.

    All are moved at once, half of them up and half of them down, each time other halves: what is found so need not be
    asked form by form.
    """
    left = np.flatnonzero(highest - lowest < enough + EPSILON)
    for look in count():
        if len(left) < WORTH_A_LOOK:
            return
        signs = np.zeros(len(lowest))
        # the same halves whenever the same is asked
        signs[left] = np.random.default_rng(look).choice((-1.0, 1.0), len(left))
        yield signs
        yield -signs
        before, left = len(left), np.flatnonzero(highest - lowest < enough + EPSILON)
        if before - len(left) < WORTH_A_LOOK:
            return
