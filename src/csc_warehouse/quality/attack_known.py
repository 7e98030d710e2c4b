"""What an attacker knows of published rows before looking at what is shown: which numbers are one, and their sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csc_warehouse.quality import attack_equations
from csc_warehouse.quality.attack_equations import Published, Variable
from csc_warehouse.register import Register

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Said = tuple[object, ...]
"""What a row says, apart from what is shown of it: two that say the same have the same numbers."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a linear program, one after the other: lower <= sum of coefficient x column <= upper."""

    lengths: Places
    columns: Places
    coefficients: Floats
    lower: Floats
    upper: Floats

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.lengths)

    def number(self) -> Places:
        """Return for each coefficient the place of its row."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.lengths)

    def with_rows(self, others: Rows) -> Rows:
        """Return these and others after them."""
        return Rows(
            np.concatenate((self.lengths, others.lengths)),
            np.concatenate((self.columns, others.columns)),
            np.concatenate((self.coefficients, others.coefficients)),
            np.concatenate((self.lower, others.lower)),
            np.concatenate((self.upper, others.upper)),
        )


def said(row: Published) -> Said:
    """Return what a row says, apart from what is shown of it."""
    return (
        row.indicator_code, row.period_type, row.period_label, row.breakdown, row.breakdown_value, row.start, row.end,
        row.numerator, row.denominator,
    )  # fmt: skip


def column(variable: Variable) -> int:
    """Return the place of a number among those of all rows, two for each."""
    place, position = variable
    return 2 * place + position


class Known:
    """The candidate's rows and those of releases that are out; every profile says the same of all but what is shown."""

    def __init__(self, rows: Sequence[Published], releases: Sequence[Sequence[Published]], register: Register) -> None:
        """Write down the equations of rows, each release's among its own."""
        self._parts = [[said(row) for row in part] for part in (rows, *releases)]
        self.firsts: dict[Said, int] = {}
        """The first row that says something, by what it says."""
        self.same: list[int] = []
        """For each row the first that says the same of the same days: their numbers are one number."""
        self.equations = 0
        lengths: list[int] = []
        columns: list[int] = []
        coefficients: list[float] = []
        bounds: list[tuple[float, float]] = []
        for part, given in zip(self._parts, (rows, *releases), strict=True):
            offset = len(self.same)
            for one in part:
                self.same.append(self.firsts.setdefault(one, len(self.same)))
            for equation in attack_equations.equations(given, register):
                lengths.append(len(equation.terms))
                columns += [2 * self.same[place + offset] + position for place, position in equation.terms]
                coefficients += equation.terms.values()
                bounds.append((equation.lower, equation.upper))
        self.equations = len(bounds)
        low, high = np.array(bounds, dtype=float).reshape(-1, 2).T
        written = Rows(
            np.array(lengths, dtype=np.int64), np.array(columns, dtype=np.int64), np.array(coefficients, dtype=float),
            low, high,
        )  # fmt: skip
        merged = _merged(written, 2 * len(self.same))
        self.leaders = _leaders(merged, 2 * len(self.same))
        """For each number the one that stands for it: those that equations say to be the same are one."""
        self.rows = _each_once(
            _merged(
                Rows(merged.lengths, self.leaders[merged.columns], merged.coefficients, merged.lower, merged.upper),
                2 * len(self.same),
            )
        )
        """The equations between them, each once."""

    def is_of(self, rows: Sequence[Published], releases: Sequence[Sequence[Published]]) -> bool:
        """Tell whether rows and releases say, apart from what they show, what these are made of."""
        return self._parts == [[said(row) for row in part] for part in (rows, *releases)]


def _merged(rows: Rows, size: int) -> Rows:
    """Return rows in which each column stands once, in order, and none without a coefficient."""
    keys, inverse = np.unique(rows.number() * size + rows.columns, return_inverse=True)
    sums = np.bincount(inverse.ravel(), weights=rows.coefficients, minlength=len(keys))
    is_kept = sums != 0
    numbers, columns = np.divmod(keys[is_kept], size)
    return Rows(np.bincount(numbers, minlength=len(rows)), columns, sums[is_kept], rows.lower, rows.upper)


def _leaders(rows: Rows, size: int) -> Places:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = np.cumsum(rows.lengths)
    pairs = ends[(rows.lengths == 2) & (rows.lower == 0) & (rows.upper == 0)]
    pairs = pairs[rows.coefficients[pairs - 1] == -rows.coefficients[pairs - 2]]
    firsts, seconds = rows.columns[pairs - 2], rows.columns[pairs - 1]
    graph = coo_array((np.ones(len(pairs)), (firsts, seconds)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    _, leaders = np.unique(labels, return_index=True)
    found: Places = leaders[labels].astype(np.int64)
    return found


def _each_once(rows: Rows) -> Rows:
    """Return rows that say something, each that says the same once."""
    ends = np.cumsum(rows.lengths)
    kept: dict[tuple[bytes, bytes, float, float], int] = {}
    for number, (start, end, lower, upper) in enumerate(
        zip((ends - rows.lengths).tolist(), ends.tolist(), rows.lower.tolist(), rows.upper.tolist(), strict=True)
    ):
        if end > start:
            key = (rows.columns[start:end].tobytes(), rows.coefficients[start:end].tobytes(), lower, upper)
            kept.setdefault(key, number)
    numbers = np.array(list(kept.values()), dtype=np.int64)
    is_kept = np.zeros(len(rows), dtype=bool)
    is_kept[numbers] = True
    inside = is_kept[rows.number()]
    return Rows(
        rows.lengths[is_kept], rows.columns[inside], rows.coefficients[inside], rows.lower[is_kept], rows.upper[is_kept]
    )
